/** What many times come to, ms. */
export interface Percentiles {
  readonly count: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** @param values ms; at least one */
export function percentilesOf(values: readonly number[]): Percentiles {
  if (values.length === 0) throw new Error('nothing was measured')
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!)
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

/** @returns with a tenth of a millisecond */
function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
