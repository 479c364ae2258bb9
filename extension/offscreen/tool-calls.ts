import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { type Answer } from '../messaging/messages.ts'
import { fitToolOutput } from './tool-output.ts'

/** The relay runs two at a time; more waiting means that something went wrong. */
const MAX_RUNNING = 8

type Output = Record<string, unknown>
type ToolCall = ServerMessageOf<'tool.call'>
type ToolResult = Omit<ClientMessageOf<'tool.result'>, 'type' | 'callId'>

/** Runs the browser's tools for the relay: each call is answered once, in its time or with the reason why not. */
export class ToolCalls {
  readonly #run: (call: { name: string; args: Output }) => Promise<Answer<Output>>
  readonly #reply: (result: ClientMessageOf<'tool.result'>) => void
  readonly #running = new Map<string, ReturnType<typeof setTimeout>>()

  constructor(
    run: (call: { name: string; args: Output }) => Promise<Answer<Output>>,
    reply: (result: ClientMessageOf<'tool.result'>) => void,
  ) {
    this.#run = run
    this.#reply = reply
  }

  call({ callId, name, args, timeoutMs }: ToolCall): void {
    if (this.#running.has(callId)) return
    if (this.#running.size >= MAX_RUNNING) {
      this.#reply({ type: 'tool.result', callId, ...failure('busy', 'Too many tools are running at once.') })
      return
    }
    const timer = setTimeout(() => {
      this.#settle(callId, failure('timeout', `The tool ${name} took longer than ${timeoutMs} ms.`))
    }, timeoutMs)
    this.#running.set(callId, timer)
    this.#run({ name, args }).then(
      (answer) => this.#settle(callId, resultOf(answer)),
      (error: unknown) => this.#settle(callId, failure('tool_failed', String(error))),
    )
  }

  /** The relay does not want the answer any more. */
  cancel(callId: string): void {
    clearTimeout(this.#running.get(callId))
    this.#running.delete(callId)
  }

  cancelAll(): void {
    for (const callId of this.#running.keys()) this.cancel(callId)
  }

  #settle(callId: string, result: ToolResult): void {
    if (!this.#running.has(callId)) return
    this.cancel(callId)
    this.#reply({ type: 'tool.result', callId, ...result })
  }
}

function resultOf(answer: Answer<Output>): ToolResult {
  if (!answer.ok) return failure(answer.code, answer.message)
  const output = fitToolOutput(answer.value)
  return output === undefined ? failure('too_big', 'The result is larger than 64 KiB.') : { output }
}

function failure(code: string, message: string): ToolResult {
  return { error: { code: code.slice(0, 100), message: message.slice(0, 2000) } }
}
