import { createHash } from 'node:crypto'

export interface ApiKey {
  readonly value: string
  /** Names the key without telling it: a handle works only with the key it was given out for. */
  readonly id: string
}

/** A key that is refused is asked again after this long, ms: its owner may have put it right. */
const REFUSED_MS = 15 * 60_000

/** A spent key rests this long, ms, each further time twice as long up to the other. */
const FIRST_REST_MS = 30_000
const LONGEST_REST_MS = 15 * 60_000

interface Held extends ApiKey {
  restsUntilMs: number
  /** Rests in a row. */
  rests: number
}

/** The keys of one relay, used in turn by all its conversations; those that are refused or spent are left out for a while. */
export class KeyRing {
  readonly #keys: readonly Held[]
  readonly #now: () => number
  #next = 0

  /** @param now ms of any clock that does not go back */
  constructor(values: readonly string[], now: () => number) {
    this.#keys = values.map((value) => ({ value, id: idOf(value), restsUntilMs: -Infinity, rests: 0 }))
    this.#now = now
  }

  get hasUsable(): boolean {
    return this.#keys.some((key) => this.#isUsable(key))
  }

  /** @param preferredId taken where it can be @returns undefined while no key can be used */
  take(preferredId?: string): ApiKey | undefined {
    const preferred = this.#keys.find(({ id }) => id === preferredId)
    if (preferred !== undefined && this.#isUsable(preferred)) return preferred
    for (let tried = 0; tried < this.#keys.length; tried++) {
      const key = this.#keys[this.#next++ % this.#keys.length]
      if (key !== undefined && this.#isUsable(key)) return key
    }
    return undefined
  }

  worked({ id }: ApiKey): void {
    const key = this.#keys.find((held) => held.id === id)
    if (key !== undefined) key.rests = 0
  }

  /** The key opens nothing, or has used up what it may. */
  failed({ id }: ApiKey, cause: 'key' | 'quota'): void {
    const key = this.#keys.find((held) => held.id === id)
    if (key === undefined) return
    const restMs = cause === 'key' ? REFUSED_MS : Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** key.rests++)
    key.restsUntilMs = this.#now() + restMs
  }

  #isUsable(key: Held): boolean {
    return key.restsUntilMs <= this.#now()
  }
}

function idOf(value: string): string {
  return createHash('sha256').update(value).digest('base64url').slice(0, 12)
}
