import { type ClientMessageOf } from '../protocol/client-message.ts'
import { isTurnAtOrBelow } from '../protocol/media-frame.ts'
import { type ServerMessage, type ServerMessageOf } from '../protocol/server-message.ts'

/** What a client must remember of its session to come back to it, and to stay silent where it was interrupted. */
export class SessionThread {
  #session: { readonly id: string; readonly resumeToken: string } | undefined
  /** Newest entry of the conversation's journal this client has. */
  #lastSeq = 0
  #interruptedTurn: number | undefined

  /** For the next `session.start`; undefined before the first session. */
  get resume(): ClientMessageOf<'session.start'>['resume'] {
    if (this.#session === undefined) return undefined
    // The microphone's count lives as long as this object, so it never starts another epoch.
    return { sessionId: this.#session.id, resumeToken: this.#session.resumeToken, lastSeq: this.#lastSeq, epoch: 0 }
  }

  attach(ready: ServerMessageOf<'session.ready'>): void {
    if (ready.sessionId !== this.#session?.id) this.#interruptedTurn = undefined
    // A resumed session sends what is missing above our number; otherwise `history` brought everything up to its own.
    if (!ready.resumed) this.#lastSeq = ready.seq
    this.#session = { id: ready.sessionId, resumeToken: ready.resumeToken }
  }

  observe(message: ServerMessage): void {
    if (message.type === 'transcript.final') this.#lastSeq = Math.max(this.#lastSeq, message.seq)
    if (message.type === 'turn.interrupted') this.interrupt(message.turn)
  }

  /** Speech of this turn and of those before it is not to be heard any more. */
  interrupt(turn: number): void {
    const newest = this.#interruptedTurn
    if (newest === undefined || !isTurnAtOrBelow(turn, newest)) this.#interruptedTurn = turn
  }

  isInterrupted(turn: number): boolean {
    return this.#interruptedTurn !== undefined && isTurnAtOrBelow(turn, this.#interruptedTurn)
  }
}
