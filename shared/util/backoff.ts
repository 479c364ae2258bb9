export interface Backoff {
  /** Longest first wait, ms; each later one may be twice as long. */
  readonly firstMs: number
  /** Longest wait of all, ms. */
  readonly capMs: number
}

/**
 * Exponential back-off with full jitter: many clients that lost the same relay come back spread out, not together
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param failures how often it failed before this wait's own failure: 0, 1, …
 * @param random uniform in [0, 1), such as `Math.random`
 * @returns the wait, ms
 */
export function fullJitterMs(failures: number, { firstMs, capMs }: Backoff, random: () => number): number {
  return Math.floor(random() * Math.min(capMs, firstMs * 2 ** failures))
}
