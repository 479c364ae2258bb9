/** Which turn a session is at: 1, 2, …; which are complete, and which the person silenced. */
export class TurnCount {
  #newest = 0
  #complete = 0
  #silenced = 0

  get newest(): number {
    return this.#newest
  }

  /** More may still come of the newest turn. */
  get isOpen(): boolean {
    return this.#newest > this.#complete
  }

  began(turn: number): void {
    this.#newest = Math.max(this.#newest, turn)
  }

  completed(turn: number): void {
    this.#complete = Math.max(this.#complete, turn)
  }

  /** The person silenced the newest turn; the relay is to hear so together with how far it was heard. */
  silence(): void {
    this.#silenced = this.#newest
  }

  /** Whether this turn was silenced and the relay has not been told: true once. */
  takeSilenced(turn: number): boolean {
    if (turn > this.#silenced) return false
    this.#silenced = 0
    return true
  }

  /** @param wireTurn modulo 65 536, as speech frames bear it (docs/protocol.md §2.3) @returns the turn in full */
  inFull(wireTurn: number): number {
    const distance = ((wireTurn - this.#newest + 0x8000) & 0xffff) - 0x8000
    return this.#newest + distance
  }
}
