export interface HandoverTimes {
  /** A connection older than this, ms, looks for a pause to be replaced in: Gemini ends each after some 10 min. */
  readonly connectionAgeMs: number
  /** The move is made so long before the brain's announced end, ms, pause or not. */
  readonly goAwayMarginMs: number
  /** What is taken for the time left when the brain says `goAway` and no time, ms. */
  readonly goAwayUnknownMs: number
  /** How often it is looked for a pause, ms. */
  readonly pauseCheckMs: number
}

export interface HandoverParts {
  /** Nobody speaks, nothing is owed: nobody would notice. */
  readonly isIdle: () => boolean
  /** Whether a new connection would know what this one knows. */
  readonly canResume: () => boolean
  /** Now. Called once. */
  readonly onMove: (why: 'announced' | 'old') => void
  readonly times: HandoverTimes
}

/**
 * Finds the moment at which a connection is replaced: a pause, or shortly before the brain's own deadline. The clock is
 * ours, for a brain that said `goAway` may say nothing more.
 */
export class Handover {
  readonly #parts: HandoverParts
  readonly #ageTimer: NodeJS.Timeout
  #deadlineTimer: NodeJS.Timeout | undefined
  #pauseTimer: NodeJS.Timeout | undefined

  constructor(parts: HandoverParts) {
    this.#parts = parts
    // Without an announcement there is no deadline either: a pause will come, and a drop is survived as well.
    this.#ageTimer = setTimeout(() => this.#seekPause('old'), parts.times.connectionAgeMs)
  }

  /** The brain will hang up. @param timeLeftMs 0 where it did not say when */
  goAway(timeLeftMs: number): void {
    const { goAwayMarginMs, goAwayUnknownMs } = this.#parts.times
    const leftMs = timeLeftMs > 0 ? timeLeftMs : goAwayUnknownMs
    clearTimeout(this.#deadlineTimer)
    this.#deadlineTimer = setTimeout(() => this.#move('announced'), Math.max(0, leftMs - goAwayMarginMs))
    this.#seekPause('announced')
  }

  /** The connection has ended by itself. */
  stop(): void {
    clearTimeout(this.#ageTimer)
    clearTimeout(this.#deadlineTimer)
    clearInterval(this.#pauseTimer)
  }

  #seekPause(why: 'announced' | 'old'): void {
    const look = () => {
      const { isIdle, canResume } = this.#parts
      // An old connection that knows more than a new one would is kept as long as it lasts.
      if (isIdle() && (why === 'announced' || canResume())) this.#move(why)
    }
    clearInterval(this.#pauseTimer)
    this.#pauseTimer = setInterval(look, this.#parts.times.pauseCheckMs)
  }

  #move(why: 'announced' | 'old'): void {
    this.stop()
    this.#parts.onMove(why)
  }
}
