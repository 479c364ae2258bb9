/** More typed turns than a client keeps to send again. */
const CAPACITY = 256

/** Remembers the newest ids, so that what is sent twice counts once. */
export class KnownIds {
  /** A set keeps the order of insertion: the first is the oldest. */
  readonly #ids = new Set<string>()

  /** @param ids known from the beginning, oldest first */
  constructor(ids: Iterable<string> = []) {
    for (const id of ids) this.add(id)
  }

  /** @returns whether the id is new */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    for (const oldest of this.#ids) {
      if (this.#ids.size <= CAPACITY) break
      this.#ids.delete(oldest)
    }
    return true
  }
}
