export interface BucketSize {
  /** Tokens that come back each second. */
  readonly perSecond: number
  /** The most it holds. */
  readonly capacity: number
  /** What it holds at first; may be above the capacity. */
  readonly initial?: number
}

/** A rate limit with a burst. Pure but for its count: the time is the caller's, in ms of one clock. */
export class TokenBucket {
  readonly #perMs: number
  readonly #capacity: number
  #tokens: number
  #filledAtMs: number

  constructor(size: BucketSize, nowMs: number) {
    this.#perMs = size.perSecond / 1000
    this.#capacity = size.capacity
    this.#tokens = size.initial ?? size.capacity
    this.#filledAtMs = nowMs
  }

  /** Takes `amount` tokens, or none when there are not enough. @returns whether they were taken */
  take(amount: number, nowMs: number): boolean {
    const refill = Math.max(0, nowMs - this.#filledAtMs) * this.#perMs
    this.#filledAtMs = nowMs
    if (this.#tokens < this.#capacity) this.#tokens = Math.min(this.#capacity, this.#tokens + refill)
    if (this.#tokens < amount) return false
    this.#tokens -= amount
    return true
  }
}
