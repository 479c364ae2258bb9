/** When the speech that was sent will have been played, if the client plays it as it comes. */
export class PlaybackClock {
  #endsAt = 0

  /** @param durationMs length of the sound sent at `nowMs`; a gap before it is silence and is not made up for */
  add(durationMs: number, nowMs: number): void {
    this.#endsAt = Math.max(this.#endsAt, nowMs) + durationMs
  }

  /** @returns how much is still to be played, ms */
  remainingMs(nowMs: number): number {
    return Math.max(0, this.#endsAt - nowMs)
  }

  /** The client threw away what it had. */
  stop(): void {
    this.#endsAt = 0
  }
}
