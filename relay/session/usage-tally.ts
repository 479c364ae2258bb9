import { type Logger } from '../logger.ts'
import { type Journal } from '../store/journal.ts'
import {
  amountsOf,
  dayEndsAt,
  sumOf,
  usageDay,
  usedUp,
  withoutZeros,
  type DailyLimits,
  type LimitReached,
  type UsageAmounts,
} from './usage-day.ts'

export interface TallyDeps {
  readonly journal: Pick<Journal, 'addUp'>
  readonly limits: DailyLimits
  readonly logger: Logger
  /** ms since 1970 */
  readonly now: () => number
}

/** Longer than a day, so that a clock that runs behind still finds it; nobody is shown earlier days. */
const KEPT_MS = 3 * 24 * 60 * 60_000

const NONE = amountsOf({})

type MutableAmounts = { -readonly [Name in keyof UsageAmounts]: number }

/** What one user used: what the store is known to have of this day, and what is to be added, by day. */
export class UsageTally {
  readonly #owner: string
  readonly #deps: TallyDeps
  readonly #listeners = new Set<(reached: LimitReached) => void>()
  readonly #unsent = new Map<string, MutableAmounts>()
  #day = ''
  #dayEndsAtMs = 0
  #stored = NONE
  /** The day somebody was told of its end: once is enough. */
  #toldOn: string | undefined
  #flushing: Promise<void> | undefined
  #nextFlush: Promise<void> | undefined

  constructor(owner: string, deps: TallyDeps) {
    this.#owner = owner
    this.#deps = deps
  }

  get isUsed(): boolean {
    return this.#listeners.size > 0 || this.#unsent.size > 0 || this.#flushing !== undefined
  }

  /** @param onLimit called once a day. @returns ends it */
  listen(onLimit: (reached: LimitReached) => void): () => void {
    this.#listeners.add(onLimit)
    return () => {
      this.#listeners.delete(onLimit)
    }
  }

  async begin(): Promise<LimitReached | undefined> {
    await this.#send(this.#today(), {})
    return this.#reached()
  }

  /** Cheap enough for every frame. */
  add(amounts: Readonly<Partial<UsageAmounts>>): void {
    this.#addTo(this.#today(), amounts)
    this.#tellOfLimit()
  }

  /** Stores all that was added before the call. Calls that overlap share the round after the one that is on its way. */
  flush(): Promise<void> {
    if (this.#flushing === undefined) {
      this.#flushing = this.#flushAll().finally(() => {
        this.#flushing = undefined
      })
      return this.#flushing
    }
    this.#nextFlush ??= this.#flushing.then(() => {
      this.#nextFlush = undefined
      return this.flush()
    })
    return this.#nextFlush
  }

  async #flushAll(): Promise<void> {
    for (const [day, amounts] of [...this.#unsent]) {
      this.#unsent.delete(day)
      if (await this.#send(day, withoutZeros(amounts))) continue
      // After a time-out it may have been added all the same: then it counts twice, at most what one round carries.
      this.#addTo(day, amounts)
      return
    }
    this.#tellOfLimit()
  }

  async #send(day: string, amounts: Readonly<Record<string, number>>): Promise<boolean> {
    const { journal, logger } = this.#deps
    try {
      const sums = await journal.addUp(this.#owner, day, amounts, KEPT_MS)
      if (day === this.#today()) this.#stored = amountsOf(sums)
      return true
    } catch (error) {
      logger.warn({ error: error instanceof Error ? error.message : String(error) }, 'usage could not be stored yet')
      return false
    }
  }

  #addTo(day: string, amounts: Readonly<Partial<UsageAmounts>>): void {
    const unsent = this.#unsent.get(day) ?? { ...NONE }
    this.#unsent.set(day, unsent)
    for (const name of Object.keys(amounts) as (keyof UsageAmounts)[]) unsent[name] += amounts[name] ?? 0
  }

  /** Also notices that a new day began. */
  #today(): string {
    const now = this.#deps.now()
    if (now < this.#dayEndsAtMs) return this.#day
    this.#day = usageDay(now)
    this.#dayEndsAtMs = Date.parse(dayEndsAt(now))
    this.#stored = NONE
    return this.#day
  }

  #reached(): LimitReached | undefined {
    const { limits, now } = this.#deps
    if (limits.minutes === undefined && limits.spend === undefined) return undefined
    const limit = usedUp(sumOf(this.#stored, this.#unsent.get(this.#today()) ?? NONE), limits)
    return limit === undefined ? undefined : { limit, resetsAt: dayEndsAt(now()) }
  }

  #tellOfLimit(): void {
    if (this.#toldOn === this.#today()) return
    const reached = this.#reached()
    if (reached === undefined) return
    this.#toldOn = this.#day
    for (const listener of [...this.#listeners]) listener(reached)
  }
}
