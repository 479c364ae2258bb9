/** On a quiet line a chunk is at most one render block late; more would only be heard as slowness. */
const SHORTEST_MS = 10
/** Nobody wants to wait longer for the first word; a worse line is heard as a gap. */
export const LONGEST_WAIT_MS = 500
/** Room above the worst lateness seen. */
const MARGIN = 1.2
/** A bad moment is remembered for this many turns, then the line is trusted again. */
const REMEMBERED_TURNS = 8

/** How long the first sample of a turn waits so that the later ones are in time: grows at once, shrinks slowly. */
export class TargetDelay {
  /** Oldest first. */
  readonly #turns: { readonly worstMs: number; readonly ranDry: boolean }[] = []
  #worstNowMs = 0
  #ranDryNow = false

  /** ms */
  get ms(): number {
    const worst = Math.max(this.#worstNowMs, ...this.#turns.map((turn) => turn.worstMs))
    return Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_MS, worst * MARGIN + SHORTEST_MS))
  }

  /**
   * Whether a sender that is ahead may be trusted to stay so, and no time waited. Not when speech ran dry lately: some
   * send in bursts, each just in time.
   */
  get trustsLead(): boolean {
    return !this.#ranDryNow && !this.#turns.some((turn) => turn.ranDry)
  }

  /** @param latenessMs how much later than the turn's first chunk, measured against its position, a chunk came */
  observe(latenessMs: number): void {
    this.#worstNowMs = Math.max(this.#worstNowMs, latenessMs)
  }

  ranDry(): void {
    this.#ranDryNow = true
  }

  /** Closes the books of a turn that was long enough to tell something about the line. */
  turnOver(): void {
    this.#turns.push({ worstMs: this.#worstNowMs, ranDry: this.#ranDryNow })
    if (this.#turns.length > REMEMBERED_TURNS) this.#turns.shift()
    this.#worstNowMs = 0
    this.#ranDryNow = false
  }
}
