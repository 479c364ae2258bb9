/** Why no ticket was had; the message is a sentence a person can act on. */
export class TicketRefused extends Error {
  override readonly name = 'TicketRefused'
  /** Whether the same request may succeed later; otherwise somebody has to do something first. */
  readonly retryable: boolean
  /** The shortest wait before the next attempt the relay asks for, ms. */
  readonly retryAfterMs?: number

  constructor(message: string, retryable: boolean, retryAfterMs?: number) {
    super(message)
    this.retryable = retryable
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs
  }
}
