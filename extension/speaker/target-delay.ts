/** On a quiet line a chunk is at most one render block late; more would only be heard as slowness. */
const SHORTEST_MS = 10
/** Nobody wants to wait longer for the first word; a worse line is heard as a gap. */
const LONGEST_MS = 500
/** Room above the worst lateness seen. */
const MARGIN = 1.2
/** A bad moment is remembered for this many turns, then the line is trusted again. */
const REMEMBERED_TURNS = 8

/** How long the first sample of a turn waits so that the later ones are in time: grows at once, shrinks slowly. */
export class TargetDelay {
  readonly #worstOfTurns: number[] = []
  #worstNowMs = 0

  /** ms */
  get ms(): number {
    const worst = Math.max(this.#worstNowMs, ...this.#worstOfTurns)
    return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, worst * MARGIN + SHORTEST_MS))
  }

  /** @param latenessMs how much later than the turn's first chunk, measured against its position, a chunk came */
  observe(latenessMs: number): void {
    this.#worstNowMs = Math.max(this.#worstNowMs, latenessMs)
  }

  /** Closes the books of a turn that was long enough to tell something about the line. */
  turnOver(): void {
    this.#worstOfTurns.push(this.#worstNowMs)
    if (this.#worstOfTurns.length > REMEMBERED_TURNS) this.#worstOfTurns.shift()
    this.#worstNowMs = 0
  }
}
