import { randomUUID } from 'node:crypto'
import { type FunctionResponse } from './wire/client-message.ts'

/** Ids of ended calls that are remembered, so that a late answer is told from one to a call that never was. */
const MAX_ENDED = 200

/** A call the client has not answered yet. */
export interface OpenCall {
  readonly id: string
  readonly name: string
  /** What to say about its result. */
  readonly retell: (response: Readonly<Record<string, unknown>>) => string
  /** Resolves with the final answer; never rejects. */
  readonly answered: Promise<FunctionResponse>
}

interface Entry {
  readonly call: OpenCall
  readonly resolve: (response: FunctionResponse) => void
  /** A turn waits for it; else it runs on its own and its result is spoken later. */
  attached: boolean
}

export type Delivery =
  /** A turn was waiting and goes on, or more is to come, or the call had ended: nothing to do. */
  | { readonly type: 'taken' }
  /** The call ran on its own; its result is to be dealt with. */
  | { readonly type: 'late'; readonly call: OpenCall; readonly response: FunctionResponse }
  /** No such call was ever made. */
  | { readonly type: 'unknown' }

/** The function calls of one session, from toolCall to toolResponse or cancellation. */
export class ToolCalls {
  readonly #open = new Map<string, Entry>()
  readonly #ended = new Set<string>()

  get pending(): number {
    return this.#open.size
  }

  open(name: string, retell: OpenCall['retell']): OpenCall {
    const { promise, resolve } = Promise.withResolvers<FunctionResponse>()
    const call = { id: `function-call-${randomUUID()}`, name, retell, answered: promise }
    this.#open.set(call.id, { call, resolve, attached: true })
    return call
  }

  /** The turn does not wait any longer; the call goes on. */
  detach(call: OpenCall): void {
    const entry = this.#open.get(call.id)
    if (entry !== undefined) entry.attached = false
  }

  /** @returns the ids of the calls a turn was waiting for; they must not be answered any more */
  cancelAttached(): readonly string[] {
    const ids = [...this.#open.values()].filter((entry) => entry.attached).map((entry) => entry.call.id)
    ids.forEach((id) => this.#end(id))
    return ids
  }

  deliver(response: FunctionResponse): Delivery {
    // Vertex may leave the id out.
    const entry = this.#open.get(response.id ?? this.#idOf(response.name))
    if (entry === undefined) return { type: this.#ended.has(response.id ?? '') ? 'taken' : 'unknown' }
    if (response.willContinue) return { type: 'taken' }
    this.#end(entry.call.id)
    if (!entry.attached) return { type: 'late', call: entry.call, response }
    entry.resolve(response)
    return { type: 'taken' }
  }

  #idOf(name: string | undefined): string {
    return [...this.#open.values()].find((entry) => entry.call.name === name)?.call.id ?? ''
  }

  #end(id: string): void {
    this.#open.delete(id)
    this.#ended.add(id)
    const [oldest] = this.#ended
    if (this.#ended.size > MAX_ENDED && oldest !== undefined) this.#ended.delete(oldest)
  }
}
