import { type TokenPrices } from './token-price.ts'
import { type LimitReached } from './usage-day.ts'
import { UsageMeter } from './usage-meter.ts'
import { UsageTally, type TallyDeps } from './usage-tally.ts'

/** What a crash may leave uncounted. */
const FLUSH_INTERVAL_MS = 15_000

/** Everybody's usage on this instance: one tally for each user who talks, stored at the end of turns and every 15 s. */
export class UsageBook {
  readonly #tallies = new Map<string, UsageTally>()
  readonly #deps: TallyDeps
  readonly #timer: NodeJS.Timeout

  constructor(deps: Omit<TallyDeps, 'now'> & { readonly now?: () => number }) {
    this.#deps = { now: Date.now, ...deps }
    this.#timer = setInterval(() => void this.flush(), FLUSH_INTERVAL_MS).unref()
  }

  /** Begins to count a conversation. @param onLimit called once when the day's minutes or money are used up */
  open(owner: string, prices: TokenPrices, onLimit: (reached: LimitReached) => void): UsageMeter {
    const tally = this.#tallies.get(owner) ?? new UsageTally(owner, this.#deps)
    this.#tallies.set(owner, tally)
    const unlisten = tally.listen(onLimit)
    return new UsageMeter(tally, prices, async () => {
      unlisten()
      await tally.flush()
      this.#forgetUnused()
    })
  }

  /** Stores what everybody used; what cannot be stored stays for the next time. Never rejects. */
  async flush(): Promise<void> {
    await Promise.all([...this.#tallies.values()].map((tally) => tally.flush()))
    this.#forgetUnused()
  }

  /** Stores what there is and ends the timer. Never rejects. */
  close(): Promise<void> {
    clearInterval(this.#timer)
    return this.flush()
  }

  #forgetUnused(): void {
    for (const [owner, tally] of this.#tallies) if (!tally.isUsed) this.#tallies.delete(owner)
  }
}
