import { CLOSE } from '../protocol/close-code.ts'
import { fullJitterMs } from '../util/backoff.ts'

/** Most drops are short: the first retry comes within 0.3 s, the later ones spread out to 10 s. */
const BACKOFF = { firstMs: 300, capMs: 10_000 }

/** A brain that is unavailable does not come back within a blink. */
const BRAIN_WAIT_MS = 1000

/** A relay that drains asks for seconds; more than this would be silence, so we look for ourselves. */
const LONGEST_MOVE_MS = 30_000

/** A session that lived this long was healthy: its end is a new failure, not the next of a series. */
const HEALTHY_MS = 10_000

/** How long to wait before each attempt. */
export class ReconnectPolicy {
  readonly #random: () => number
  #failures = 0
  #openedAt: number | undefined
  #moveMs: number | undefined

  constructor(random: () => number) {
    this.#random = random
  }

  /** Number of the present attempt in this series: 1, 2, … */
  get attempt(): number {
    return this.#failures + 1
  }

  opened(): void {
    this.#openedAt = performance.now()
  }

  /** The relay said when to come back (`session.moved`). */
  moved(reconnectInMs: number): void {
    this.#moveMs = Math.min(Math.max(0, reconnectInMs), LONGEST_MOVE_MS)
  }

  /** @returns the wait after a socket closed, ms. */
  afterClose(code: number): number {
    if (this.#openedAt !== undefined && performance.now() - this.#openedAt >= HEALTHY_MS) this.#failures = 0
    this.#openedAt = undefined
    const moveMs = this.#moveMs
    this.#moveMs = undefined
    if (moveMs !== undefined) return moveMs
    return Math.max(this.#nextBackoffMs(), code === CLOSE.brainUnavailable ? BRAIN_WAIT_MS : 0)
  }

  /** @returns the wait after a ticket was refused for now, ms. */
  afterRefusal(retryAfterMs = 0): number {
    return Math.max(this.#nextBackoffMs(), retryAfterMs)
  }

  #nextBackoffMs(): number {
    return fullJitterMs(this.#failures++, BACKOFF, this.#random)
  }
}
