import { type ServerMessage } from '../../shared/protocol/server-message.ts'

/** What became of the newest turn. Times are monotonic ms. */
export type TurnState =
  | { readonly name: 'running' }
  | { readonly name: 'complete'; readonly atMs: number }
  | { readonly name: 'interrupted'; readonly atMs: number }

/** Follows the relay's frames: which turn is the newest, how it ended, and what went wrong for good. */
export class TurnLog {
  #newest = 0
  #state: TurnState = { name: 'running' }
  #isLive = false
  #fault: string | undefined

  /** Number of the newest turn, 0 before the first. */
  get newest(): number {
    return this.#newest
  }

  get state(): TurnState {
    return this.#state
  }

  /** Whether the brain is there. */
  get isLive(): boolean {
    return this.#isLive
  }

  /** Why there will be no answer: the relay's own sentence. */
  get fault(): string | undefined {
    return this.#fault
  }

  observe(message: ServerMessage, nowMs: number): void {
    switch (message.type) {
      case 'turn.start':
        this.#newest = Math.max(this.#newest, message.turn)
        this.#state = { name: 'running' }
        break
      case 'turn.complete':
        if (message.turn === this.#newest) this.#state = { name: 'complete', atMs: nowMs }
        break
      case 'turn.interrupted':
        if (message.turn === this.#newest) this.#state = { name: 'interrupted', atMs: nowMs }
        break
      case 'session.state':
        this.#isLive = message.upstream === 'live'
        if (message.upstream === 'failed') this.#fault = message.reason ?? 'The relay lost its brain.'
        break
      case 'error':
        if (message.fatal) this.#fault = message.message
        break
      default:
        // Captions, tools and the rest change nothing about whose turn it is.
        break
    }
  }
}
