/** The relay is told this often how far the speech was heard (docs/protocol.md §2.1). */
const INTERVAL_MS = 1000

/** Picks the positions that the relay is told from those that the speaker reports. */
export class PositionReport {
  #turn = -1
  #toldMs = 0

  /** Whether a second of this turn was heard since the last position that was due. */
  isDue(turn: number, playedMs: number): boolean {
    if (turn !== this.#turn) {
      this.#turn = turn
      this.#toldMs = 0
    }
    if (playedMs - this.#toldMs < INTERVAL_MS) return false
    this.#toldMs = playedMs
    return true
  }
}
