import { CircuitBreaker } from './circuit-breaker.ts'
import { type Cause, type Farewell, type Phase } from './farewell.ts'
import { KeyRing, type ApiKey } from './key-ring.ts'

/** Where a call goes. */
export interface Route {
  readonly model: string
  readonly key: ApiKey
}

export interface LiveRoutesOptions {
  /** The first is asked, the others while it is out of order. */
  readonly models: readonly [string, ...string[]]
  readonly apiKeys: readonly string[]
  /** ms of a clock that does not go back. */
  readonly now?: () => number
}

/** Models that clients named themselves are remembered up to this number. */
const MAX_BREAKERS = 64

/** Failures that say something about the model, not about one conversation, its key or its settings. */
const BLAMES_MODEL: ReadonlySet<Cause> = new Set<Cause>(['line', 'service', 'passing', 'silence'])

/** Which models and keys work at the moment: what all conversations of a process learn for each other. */
export class LiveRoutes {
  readonly models: readonly [string, ...string[]]
  readonly #keys: KeyRing
  readonly #now: () => number
  readonly #breakers = new Map<string, CircuitBreaker>()
  #lastFailure: Farewell | undefined

  constructor({ models, apiKeys, now = () => performance.now() }: LiveRoutesOptions) {
    this.models = models
    this.#now = now
    this.#keys = new KeyRing(apiKeys, now)
  }

  /** What the brain said when it last failed anybody: the reason when there is nothing to try. */
  get lastFailure(): Farewell | undefined {
    return this.#lastFailure
  }

  /** Whether any key may be used now. */
  get hasKey(): boolean {
    return this.#keys.hasUsable
  }

  /** Whether a new conversation has a chance. */
  get isReachable(): boolean {
    return this.hasKey && this.models.some((model) => this.#breakers.get(model)?.isOpen !== true)
  }

  /**
   * The first of `models` that may be called now, and a key.
   *
   * @param keyId of the key that is preferred
   * @returns undefined when none may be called at the moment
   */
  choose(models: readonly string[], keyId?: string): Route | undefined {
    const key = this.#keys.take(keyId)
    if (key === undefined) return undefined
    const model = models.find((name) => this.#breaker(name).tryPass())
    return model === undefined ? undefined : { model, key }
  }

  /** A setup was completed. */
  worked({ model, key }: Route): void {
    this.#keys.worked(key)
    this.#breaker(model).succeeded()
  }

  /** A call failed: at its setup, or so soon after it that it was no success. */
  failed({ model, key }: Route, cause: Cause, caller: string, phase: Phase, farewell: Farewell): void {
    this.#lastFailure = farewell
    if (cause === 'key' || cause === 'quota') this.#keys.failed(key, cause)
    else if (BLAMES_MODEL.has(cause)) this.#breaker(model).failed(caller, phase === 'live')
  }

  #breaker(model: string): CircuitBreaker {
    const known = this.#breakers.get(model)
    if (known !== undefined) return known
    if (this.#breakers.size >= MAX_BREAKERS) this.#forgetOne()
    const breaker = new CircuitBreaker(this.#now)
    this.#breakers.set(model, breaker)
    return breaker
  }

  /** The oldest that no operator asked for. */
  #forgetOne(): void {
    for (const model of this.#breakers.keys()) {
      if (this.models.includes(model)) continue
      this.#breakers.delete(model)
      return
    }
  }
}
