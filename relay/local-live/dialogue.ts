import { setTimeout as sleep } from 'node:timers/promises'
import { type Question, type Reply } from './answer/intent.ts'
import { type Conversation } from './conversation.ts'
import { FirstClause } from './first-clause.ts'
import { ModelTurn, type Outlet } from './model-turn.ts'
import { PlaybackClock } from './playback-clock.ts'
import { type Voice } from './speak/speaker.ts'
import { ToolCalls, type OpenCall } from './tool-calls.ts'
import { type UsageMeter } from './usage-meter.ts'
import { type FunctionResponse } from './wire/client-message.ts'
import { type ModelRules } from './wire/models.ts'
import { type FunctionDeclaration } from './wire/setup-schema.ts'

/** Turns that may wait where the user must not interrupt; older ones are dropped, what was said last counts. */
const MAX_WAITING = 8
/** A call that need not be waited for is silent for this long before something is said about it. */
const PATIENCE_MS = 1_000

/** Clients play a little later than they receive: what is in their buffers, and the room's echo of it. */
const ECHO_TAIL_MS = 300

export interface DialogueParts {
  readonly outlet: Outlet
  readonly speaker: Voice
  readonly conversation: Conversation
  readonly usage: UsageMeter
  readonly rules: ModelRules
  readonly transcribe: boolean
  readonly interruptible: boolean
  /** The brain itself. */
  readonly answer: (question: Omit<Question, 'plain'>) => Reply
  readonly now: () => Date
  readonly tools: () => readonly FunctionDeclaration[]
  readonly shown: () => Question['shown']
  readonly isUserSpeaking: () => boolean
  /** A turn of the model is over, or a point where the session cannot be resumed begins. */
  readonly onResumable: (resumable: boolean) => void
  readonly onFailure: (error: unknown) => void
}

type Prompt =
  | { readonly type: 'words'; readonly words: string; readonly typed: boolean }
  | { readonly type: 'result'; readonly call: OpenCall; readonly response: FunctionResponse }
  /** A turn without anything to answer: it is completed as it is. */
  | { readonly type: 'nothing' }

interface Current {
  readonly abort: AbortController
  readonly turn: ModelTurn
}

/** Who speaks after whom: answers the user's turns one at a time, and falls silent when interrupted. */
export class Dialogue {
  readonly #parts: DialogueParts
  readonly #calls = new ToolCalls()
  readonly #playback = new PlaybackClock()
  readonly #firstClause: FirstClause
  readonly #waiting: Prompt[] = []
  #current: Current | undefined
  #closed = false

  constructor(parts: DialogueParts) {
    this.#parts = parts
    this.#firstClause = new FirstClause(parts.speaker)
  }

  /** Whether the model has the floor; its voice may be in the room. */
  get isModelsTurn(): boolean {
    return this.#current !== undefined || this.#playback.remainingMs(performance.now() - ECHO_TAIL_MS) > 0
  }

  /** The user's activity began: cuts the turn where that is allowed. */
  activityStarted(): void {
    if (this.#parts.interruptible) this.interrupt()
  }

  /** Answers what the user said, or typed, now or when it is the model's turn. */
  ask(words: string, how: 'said' | 'typed'): void {
    this.#enqueue({ type: 'words', words, typed: how === 'typed' })
  }

  /** The user will have said this, if the silence goes on: what is likely to be answered is prepared. */
  expect(words: string): void {
    const reply = this.#answer(words)
    if (reply.type === 'say') this.#firstClause.prepare(reply.text)
  }

  /** Completes a turn in which nothing was asked. */
  askNothing(): void {
    this.#enqueue({ type: 'nothing' })
  }

  /** The user fell silent without a word: whoever waited for that may speak. */
  floorIsFree(): void {
    this.#next()
  }

  /** Cuts the turn, if there is one: interrupted → turnComplete, and nothing of it after that. */
  interrupt(): void {
    const current = this.#current
    if (current === undefined) return
    this.#current = undefined
    current.abort.abort()
    this.#playback.stop()
    const ids = this.#calls.cancelAttached()
    this.#parts.outlet.send({ serverContent: { interrupted: true } })
    if (ids.length > 0) this.#parts.outlet.send({ toolCallCancellation: { ids } })
    this.#complete(current.turn)
  }

  /** @returns false for an answer to a call that never was */
  toolAnswered(response: FunctionResponse): boolean {
    const delivery = this.#calls.deliver(response)
    if (delivery.type === 'unknown') return false
    this.#parts.usage.read(JSON.stringify(response.response))
    if (delivery.type === 'taken' || response.scheduling === 'SILENT') return true
    if (response.scheduling === 'INTERRUPT') this.interrupt()
    this.#enqueue({ type: 'result', call: delivery.call, response })
    return true
  }

  close(): void {
    this.#closed = true
    this.#waiting.length = 0
    this.#firstClause.drop()
    this.#current?.abort.abort()
    this.#current = undefined
  }

  #enqueue(prompt: Prompt): void {
    this.#waiting.push(prompt)
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift()
    this.#next()
  }

  #next(): void {
    const [prompt] = this.#waiting
    if (this.#closed || this.#current !== undefined || prompt === undefined) return
    // Who types does not wait for voices in the room.
    const waitsForFloor = prompt.type === 'words' ? !prompt.typed : prompt.type === 'result'
    if (waitsForFloor && this.#parts.isUserSpeaking()) return
    this.#waiting.shift()
    const { outlet, speaker, transcribe } = this.#parts
    const abort = new AbortController()
    const turn = new ModelTurn({
      ...{ outlet, speaker, transcribe, signal: abort.signal },
      ...{ firstClause: this.#firstClause, playback: this.#playback },
    })
    const current = { abort, turn }
    this.#current = current
    this.#run(prompt, current).catch((error: unknown) => {
      if (!abort.signal.aborted) this.#parts.onFailure(error)
    })
  }

  async #run(prompt: Prompt, { turn, abort }: Current): Promise<void> {
    await this.#respond(prompt, turn, abort.signal)
    abort.signal.throwIfAborted()
    this.#parts.outlet.send({ serverContent: { generationComplete: true } })
    await turn.played()
    abort.signal.throwIfAborted()
    this.#current = undefined
    this.#complete(turn)
    this.#next()
  }

  async #respond(prompt: Prompt, turn: ModelTurn, signal: AbortSignal): Promise<void> {
    switch (prompt.type) {
      case 'nothing':
        return
      case 'result':
        return turn.say(prompt.call.retell(prompt.response.response))
      case 'words': {
        const reply = this.#answer(prompt.words)
        this.#parts.conversation.add('user', prompt.words)
        return reply.type === 'say' ? turn.say(reply.text) : this.#call(reply, turn, signal)
      }
    }
  }

  #answer(words: string): Reply {
    const { conversation, answer, now, shown, tools } = this.#parts
    return answer({ words, now: now(), history: conversation.entries, shown: shown(), tools: tools() })
  }

  async #call(reply: Extract<Reply, { type: 'call' }>, turn: ModelTurn, signal: AbortSignal): Promise<void> {
    const { name, args, meanwhile, retell } = reply
    const call = this.#calls.open(name, retell)
    this.#parts.onResumable(false)
    this.#parts.outlet.send({ toolCall: { functionCalls: [{ id: call.id, name, args }] } })
    const cut = aborted(signal)
    const response = await Promise.race(
      this.#isBlocking(name)
        ? [call.answered, cut]
        : [call.answered, cut, sleep(PATIENCE_MS, undefined, { signal, ref: false })],
    )
    signal.throwIfAborted()
    if (response === undefined) {
      this.#calls.detach(call)
      await turn.say(meanwhile)
    } else if (response.scheduling !== 'SILENT') {
      await turn.say(retell(response.response))
    }
  }

  #isBlocking(name: string): boolean {
    const { rules, tools } = this.#parts
    const declared = tools().find((tool) => tool.name === name)?.behavior
    const behaviour = rules.behaviour === 'always' ? rules.defaultBehaviour : (declared ?? rules.defaultBehaviour)
    return behaviour === 'BLOCKING'
  }

  #complete(turn: ModelTurn): void {
    const { conversation, outlet, rules, usage, onResumable } = this.#parts
    conversation.add('model', turn.sentText)
    const idle = this.#calls.pending === 0
    const status = rules.interactionStatus ? ({ interactionStatus: idle ? 'IDLE' : 'IN_PROGRESS' } as const) : {}
    outlet.send({
      serverContent: { turnComplete: true, ...status },
      usageMetadata: usage.endTurn(turn.sentMs),
    })
    onResumable(idle)
  }
}

/** Resolves, with nothing, when the signal aborts. */
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
