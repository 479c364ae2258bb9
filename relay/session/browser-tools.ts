import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { type ServerMessage, type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { type ToolDeclaration } from '../../shared/protocol/tool-declaration.ts'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type LiveToolCall, type LiveToolResult } from '../live/live-model.ts'
import { type Metrics } from '../metrics.ts'
import { boundedOutput } from './bounded-output.ts'
import { type Turn } from './turn.ts'

export interface BrowserToolsParts {
  /** Tools the client offers, as of now. */
  readonly declared: () => readonly ToolDeclaration[]
  readonly send: (message: ServerMessage) => void
  /** Answers the brain; called once for each call, and never for one it took back. */
  readonly answer: (result: LiveToolResult) => void
  readonly metrics: Pick<Metrics, 'toolEnded'>
  /** One call of `turn` came to its end. @param isAnswered the brain was told */
  readonly onSettled: (turn: Turn, isAnswered: boolean) => void
}

/** More calls than this in one turn, and the model goes round in circles. */
const MAX_CALLS_PER_TURN = 8

/** More at once would make the page crawl. */
const MAX_RUNNING = 2

/** What the model gets of an output at most, bytes of JSON. */
const MAX_OUTPUT_BYTES = 64 * 1024

interface ToolFailure {
  readonly code: string
  readonly message: string
}

interface Call extends LiveToolCall {
  readonly turn: Turn
  readonly timeoutMs: number
  readonly calledAtMs: number
  startedAtMs: number | undefined
  timer: NodeJS.Timeout | undefined
}

/**
 * Runs the model's tool calls in the browser. Every call ends once: answered, refused, timed out, or taken back by the
 * brain. An unanswered call would hold the model's tongue for ever.
 */
export class BrowserTools {
  readonly #parts: BrowserToolsParts
  /** In order of arrival: the first {@link MAX_RUNNING} run, the others wait. */
  readonly #calls = new Map<string, Call>()
  /** Ids of this brain connection, so that a repeated call runs once. */
  readonly #seenIds = new Set<string>()
  #callsOfTurn = { turn: 0, count: 0 }

  constructor(parts: BrowserToolsParts) {
    this.#parts = parts
  }

  /** The model calls a tool. */
  call(turn: Turn, call: LiveToolCall): void {
    const declaration = this.#parts.declared().find(({ name }) => name === call.name)
    this.#seenIds.add(call.id)
    const failure = this.#refusal(turn, call.name, declaration)
    const calledAtMs = performance.now()
    turn.clock.toolStarted(call.id, call.name, calledAtMs)
    const timeoutMs = declaration?.timeoutMs ?? 0
    const accepted = { ...call, turn, timeoutMs, calledAtMs, startedAtMs: undefined, timer: undefined }
    if (failure !== undefined) {
      this.#end(accepted, 'failed', failure)
      return
    }
    this.#calls.set(call.id, accepted)
    this.#runWaiting()
  }

  /** Whether this call came before: some models repeat themselves. */
  isRepeated(call: LiveToolCall): boolean {
    return this.#seenIds.has(call.id)
  }

  /** The browser's answer. One that comes too late has nobody to go to. */
  result({ callId, output, error }: ClientMessageOf<'tool.result'>): void {
    const call = this.#calls.get(callId)
    if (call === undefined) return
    if (error !== undefined) this.#end(call, 'failed', error)
    else this.#end(call, 'done', undefined, boundedOutput(output ?? {}, MAX_OUTPUT_BYTES))
  }

  /** The user pressed cancel on a chip. */
  cancelledByUser(callId: string): void {
    this.#abandon([this.#calls.get(callId)], 'cancelled', CANCELLED)
  }

  /** The user pressed stop: nothing of this turn is wanted any more. */
  stopped(turn: Turn): void {
    const calls = [...this.#calls.values()].filter((call) => call.turn === turn)
    this.#abandon(calls, 'cancelled', CANCELLED)
  }

  /** The brain took calls back; an answer to them would be an error. */
  takenBack(ids: readonly string[]): void {
    const calls = ids.map((id) => this.#calls.get(id))
    this.#abandon(calls, 'cancelled', undefined)
  }

  /** The client was away and is back: an answer may have been lost with its line, so what runs is asked for again. */
  askAgain(): void {
    for (const { id: callId, name, args, timeoutMs, startedAtMs } of this.#calls.values()) {
      if (startedAtMs === undefined) continue
      const leftMs = Math.max(0, Math.round(timeoutMs - (performance.now() - startedAtMs)))
      this.#parts.send({ type: 'tool.call', callId, name, args: { ...args }, timeoutMs: leftMs })
    }
  }

  /** The brain that called is gone. */
  brainLost(): void {
    this.takenBack([...this.#calls.keys()])
    this.#seenIds.clear()
  }

  /** The conversation is over. */
  dispose(): void {
    for (const call of this.#calls.values()) clearTimeout(call.timer)
    this.#calls.clear()
  }

  #refusal(turn: Turn, name: string, declaration: ToolDeclaration | undefined): ToolFailure | undefined {
    if (this.#callsOfTurn.turn !== turn.id) this.#callsOfTurn = { turn: turn.id, count: 0 }
    this.#callsOfTurn.count++
    if (declaration === undefined) return { code: 'unknown_tool', message: `There is no tool named ${name}.` }
    if (declaration.effect !== 'read') return NOT_ALLOWED
    return this.#callsOfTurn.count > MAX_CALLS_PER_TURN ? TOO_MANY : undefined
  }

  #runWaiting(): void {
    const calls = [...this.#calls.values()].slice(0, MAX_RUNNING)
    for (const call of calls) if (call.startedAtMs === undefined) this.#run(call)
  }

  #run(call: Call): void {
    const { id: callId, name, args, timeoutMs } = call
    call.startedAtMs = performance.now()
    call.timer = setTimeout(() => {
      const message = `The tool gave no answer within ${timeoutMs / 1000} s.`
      this.#abandon([call], 'failed', { code: 'timeout', message })
    }, timeoutMs)
    this.#tell(call, 'running')
    this.#parts.send({ type: 'tool.call', callId, name, args: { ...args }, timeoutMs })
  }

  /** Ends calls without the browser's answer. @param failure undefined when the brain wants no answer */
  #abandon(
    calls: readonly (Call | undefined)[],
    phase: 'failed' | 'cancelled',
    failure: ToolFailure | undefined,
  ): void {
    const abandoned = calls.filter((call) => call !== undefined)
    // Those that wait go first, or each would begin as the one before it ends.
    abandoned.sort((one, other) => Number(one.startedAtMs !== undefined) - Number(other.startedAtMs !== undefined))
    for (const call of abandoned) {
      if (call.startedAtMs !== undefined) this.#parts.send({ type: 'tool.cancel', callId: call.id })
      this.#end(call, phase, failure)
    }
  }

  #end(call: Call, phase: 'done' | 'failed' | 'cancelled', failure?: ToolFailure, output?: object): void {
    clearTimeout(call.timer)
    this.#calls.delete(call.id)
    const nowMs = performance.now()
    call.turn.clock.toolEnded(call.id, nowMs)
    this.#parts.metrics.toolEnded('browser', phase, nowMs - call.calledAtMs)
    this.#tell(call, phase, failure?.message)
    const response = failure === undefined ? output && { output } : { error: failure }
    if (response !== undefined) this.#parts.answer({ id: call.id, name: call.name, response })
    this.#parts.onSettled(call.turn, response !== undefined)
    this.#runWaiting()
  }

  #tell(call: Call, phase: ServerMessageOf<'tool.status'>['phase'], summary?: string): void {
    const { id: callId, name, startedAtMs } = call
    const ms =
      phase === 'running' || startedAtMs === undefined ? undefined : Math.round(performance.now() - startedAtMs)
    const status = { type: 'tool.status', callId, name, where: 'browser', phase } as const
    this.#parts.send(withoutUndefined({ ...status, ms, summary }))
  }
}

const CANCELLED: ToolFailure = { code: 'cancelled', message: 'The user cancelled this tool.' }

const NOT_ALLOWED: ToolFailure = {
  code: 'not_allowed',
  message: 'This tool changes something or sends data out. This version of the relay runs only tools that read.',
}

const TOO_MANY: ToolFailure = {
  code: 'too_many_calls',
  message: `No more than ${MAX_CALLS_PER_TURN} tool calls are run for one question. Answer with what you have.`,
}
