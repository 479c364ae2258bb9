/** What a window's latencies come to, µs. */
export interface LatencySummary {
  readonly count: number
  readonly p50Us: number
  readonly p99Us: number
  readonly maxUs: number
}

/** 1000 sessions for half a minute; later samples of a window are not kept. */
const CAPACITY = 1 << 20

/** Collects latencies without allocating while it is measured. */
export class LatencySamples {
  readonly #values = new Float64Array(CAPACITY)
  #count = 0

  /** @param us one latency, µs */
  add(us: number): void {
    if (this.#count < CAPACITY) this.#values[this.#count++] = us
  }

  /** Forgets everything: a window begins. */
  clear(): void {
    this.#count = 0
  }

  summary(): LatencySummary {
    const sorted = this.#values.slice(0, this.#count).sort()
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
    return { count: sorted.length, p50Us: at(0.5), p99Us: at(0.99), maxUs: at(1) }
  }
}
