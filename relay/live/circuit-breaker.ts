/** So many conversations in a row that could not be connected, and something is wrong with more than one of them. */
const FAILURES_IN_A_ROW = 5

/** The newest outcomes that count, and for how long, ms. */
const WINDOW = 20
const WINDOW_MS = 60_000

/** Fewer outcomes than this say nothing about a share. */
const LEAST_OUTCOMES = 10

/** How long nobody is let through after it opened, ms, and after each probe that failed twice as long up to the other. */
const FIRST_OPEN_MS = 15_000
const LONGEST_OPEN_MS = 60_000

/** A probe of which nothing was heard for this long, ms, is forgotten. */
const PROBE_MS = 15_000

interface Outcome {
  readonly atMs: number
  isGood: boolean
}

/**
 * Keeps a model that fails everybody from being hammered: after too many failures nobody calls it for a while, then one
 * conversation tries, and if that goes well everybody may again.
 */
export class CircuitBreaker {
  readonly #now: () => number
  #outcomes: Outcome[] = []
  /** Those that failed since the last success. */
  readonly #failedCallers = new Set<string>()
  #openUntilMs: number | undefined
  #openMs = FIRST_OPEN_MS
  #probingSinceMs = -Infinity

  /** @param now ms of any clock that does not go back */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Whether it lets nobody through now. */
  get isOpen(): boolean {
    const nowMs = this.#now()
    if (this.#openUntilMs === undefined) return false
    return nowMs < this.#openUntilMs || nowMs - this.#probingSinceMs < PROBE_MS
  }

  /** @returns whether the caller may try; once for each probe */
  tryPass(): boolean {
    if (this.isOpen) return false
    if (this.#openUntilMs !== undefined) this.#probingSinceMs = this.#now()
    return true
  }

  succeeded(): void {
    this.#failedCallers.clear()
    if (this.#openUntilMs !== undefined) this.#outcomes = []
    this.#openUntilMs = undefined
    this.#openMs = FIRST_OPEN_MS
    this.#probingSinceMs = -Infinity
    this.#note(true)
  }

  /**
   * @param caller which conversation: one alone may have a reason of its own
   * @param wasSuccess the same call was told as a success, and died at once
   */
  failed(caller: string, wasSuccess: boolean): void {
    const last = wasSuccess ? this.#outcomes.findLast(({ isGood }) => isGood) : undefined
    if (last !== undefined) last.isGood = false
    this.#note(false)
    if (this.#failedCallers.size < WINDOW) this.#failedCallers.add(caller)
    if (this.#openUntilMs !== undefined) this.#reopen()
    else if (this.#failedCallers.size >= FAILURES_IN_A_ROW || this.#isMostlyBad()) this.#open()
  }

  #note(isGood: boolean): void {
    this.#outcomes.push({ atMs: this.#now(), isGood })
    if (this.#outcomes.length > WINDOW) this.#outcomes.shift()
  }

  #isMostlyBad(): boolean {
    const sinceMs = this.#now() - WINDOW_MS
    const recent = this.#outcomes.filter(({ atMs }) => atMs >= sinceMs)
    const bad = recent.filter(({ isGood }) => !isGood)
    return recent.length >= LEAST_OUTCOMES && bad.length * 2 > recent.length
  }

  #open(): void {
    this.#openUntilMs = this.#now() + this.#openMs
  }

  /** A probe failed, or a call from before it opened: the former lengthens the time. */
  #reopen(): void {
    if (this.#probingSinceMs === -Infinity) return
    this.#probingSinceMs = -Infinity
    this.#openMs = Math.min(LONGEST_OPEN_MS, this.#openMs * 2)
    this.#open()
  }
}
