export interface HandoverTimes {
  /** A connection older than this, ms, looks for a pause to be replaced in: Gemini ends each after some 10 min. */
  readonly connectionAgeMs: number
  /** The move is made so long before the brain's announced end, ms, pause or not. */
  readonly goAwayMarginMs: number
  /** What is taken for the time left when the brain says `goAway` and no time, ms. */
  readonly goAwayUnknownMs: number
  /** Settings that did not change for this long, ms, are those that were meant: several are one move. */
  readonly settledMs: number
  /** How often it is looked for a pause, ms. */
  readonly pauseCheckMs: number
}

/** Why a connection is replaced: the brain will hang up, its settings count no more, or it has become old. */
export type MoveReason = 'announced' | 'changed' | 'old'

export interface HandoverParts {
  /** Nobody speaks, nothing is owed: nobody would notice. */
  readonly isIdle: () => boolean
  /** Whether a new connection would know what this one knows. */
  readonly canResume: () => boolean
  /** Whether a new connection would be asked for something else than this one was. */
  readonly isOutdated: () => boolean
  /** Now. Called once. */
  readonly onMove: (why: MoveReason) => void
  readonly times: HandoverTimes
}

/**
 * Finds the moment at which a connection is replaced: a pause, or shortly before the brain's own deadline. The clock is
 * ours, for a brain that said `goAway` may say nothing more.
 */
export class Handover {
  readonly #parts: HandoverParts
  readonly #ageTimer: NodeJS.Timeout
  readonly #reasons = new Set<MoveReason>()
  #deadlineTimer: NodeJS.Timeout | undefined
  #settledTimer: NodeJS.Timeout | undefined
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

  /** Settings changed, perhaps back to what they were. */
  settingsChanged(): void {
    clearTimeout(this.#settledTimer)
    this.#reasons.delete('changed')
    this.#settledTimer = setTimeout(() => this.#seekPause('changed'), this.#parts.times.settledMs)
  }

  /** The connection has ended by itself. */
  stop(): void {
    clearTimeout(this.#ageTimer)
    clearTimeout(this.#deadlineTimer)
    clearTimeout(this.#settledTimer)
    clearInterval(this.#pauseTimer)
  }

  #seekPause(why: MoveReason): void {
    this.#reasons.add(why)
    this.#pauseTimer ??= setInterval(() => this.#look(), this.#parts.times.pauseCheckMs)
  }

  #look(): void {
    if (!this.#parts.isOutdated()) this.#reasons.delete('changed')
    if (this.#reasons.size === 0) {
      clearInterval(this.#pauseTimer)
      this.#pauseTimer = undefined
    }
    const why = [...this.#reasons].find((reason) => this.#holds(reason))
    if (why !== undefined && this.#parts.isIdle()) this.#move(why)
  }

  #holds(why: MoveReason): boolean {
    switch (why) {
      case 'announced':
      case 'changed':
        return true
      case 'old':
        // An old connection that knows more than a new one would is kept as long as it lasts.
        return this.#parts.canResume()
    }
  }

  #move(why: MoveReason): void {
    this.stop()
    this.#parts.onMove(why)
  }
}
