interface Expiring<Value> {
  readonly value: Value
  /** ms since 1970; never unless given */
  readonly until: number | undefined
}

/** Sizes below this are not worth a clean-up. */
const MIN_CLEANED_SIZE = 1024

/** A map whose entries have a time to live. What expired is cleared whenever the map has doubled, so it stays in proportion. */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, Expiring<Value>>()
  readonly #now: () => number
  #cleanAt = MIN_CLEANED_SIZE

  /** @param now ms since 1970 */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** How many it holds, expired ones that were not cleared yet included. */
  get size(): number {
    return this.#entries.size
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    if (!this.#isOver(entry)) return entry.value
    this.#entries.delete(key)
    return undefined
  }

  /** @param ttlMs for ever unless given */
  set(key: string, value: Value, ttlMs?: number): void {
    this.#entries.set(key, { value, until: ttlMs === undefined ? undefined : this.#now() + ttlMs })
    if (this.#entries.size >= this.#cleanAt) this.#clean()
  }

  /** @returns whether there was something to delete */
  delete(key: string): boolean {
    const isThere = this.get(key) !== undefined
    this.#entries.delete(key)
    return isThere
  }

  clear(): void {
    this.#entries.clear()
  }

  keys(): IterableIterator<string> {
    this.#clean()
    return this.#entries.keys()
  }

  #clean(): void {
    for (const [key, entry] of this.#entries) if (this.#isOver(entry)) this.#entries.delete(key)
    this.#cleanAt = Math.max(MIN_CLEANED_SIZE, 2 * this.#entries.size)
  }

  #isOver({ until }: Expiring<Value>): boolean {
    return until !== undefined && until <= this.#now()
  }
}
