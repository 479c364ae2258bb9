import { createClient } from '@redis/client'
import { setTimeout as wait } from 'node:timers/promises'
import { type Logger } from '../logger.ts'
import { StoreError } from './key-value.ts'
import { withinTime } from './within-time.ts'

export type RedisClient = ReturnType<typeof createPlainClient>

export interface RedisConnectionOptions {
  /** `redis(s)://[user:password@]host[:port][/database]` */
  readonly url: string
  readonly logger: Logger
  /** Prepares each new connection; it is used once this resolved. */
  readonly prepare?: (client: RedisClient) => Promise<unknown>
  /** A connection stands again after one was lost. */
  readonly onRestored?: () => void
}

/** Longest time for one call, its scripts included; a conversation waits for it. */
const CALL_TIMEOUT_MS = 1_500

/** A peer that vanished without a word is noticed by this, also where nobody asks for anything. */
const PING_INTERVAL_MS = 2_000

/** Redis may start together with the relay. */
const OPEN_PATIENCE_MS = 10_000

const RETRY_DELAYS_MS = [50, 100, 200, 400, 800] as const

/** What waits for answers; more means that Redis does not keep up. */
const MAX_QUEUED_CALLS = 10_000

/**
 * One connection to Redis that is made anew whenever it is lost. A call is answered or fails within 1.5 s, at once while there
 * is no connection; none is kept for later.
 *
 * The client's own reconnecting is off: it neither limits the time for an answer of a Redis that accepts and says nothing, nor
 * for its greeting, so a call or a connection could wait for ever. Each attempt here is a client of its own.
 */
export class RedisConnection {
  readonly #options: RedisConnectionOptions
  readonly #end = new AbortController()
  readonly #openCalls = new Set<Promise<unknown>>()
  #client: RedisClient | undefined
  #pings: NodeJS.Timeout | undefined

  constructor(options: RedisConnectionOptions) {
    this.#options = options
  }

  get isReady(): boolean {
    return this.#client?.isReady === true
  }

  /** @throws {StoreError} when Redis was not there for 10 s, or refuses us */
  async open(): Promise<void> {
    const { url, logger } = this.#options
    const deadline = performance.now() + OPEN_PATIENCE_MS
    for (let attempt = 0; ; attempt++) {
      try {
        this.#adopt(await this.#connect())
        break
      } catch (error) {
        if (isRefusal(error) || performance.now() > deadline) throw unreachable(url, error)
        logger.debug({ attempt, error: reasonOf(error) }, 'redis is not there yet')
        await wait(delayOf(attempt))
      }
    }
    this.#pings = setInterval(() => {
      this.run((client) => client.ping()).catch(() => undefined)
    }, PING_INTERVAL_MS).unref()
  }

  /** Asks Redis something. Rejects with `StoreError` when it did not answer; nobody knows then whether it was done. */
  async run<Reply>(ask: (client: RedisClient) => Promise<Reply>): Promise<Reply> {
    const client = this.#client
    if (client === undefined || this.#isClosed) throw new StoreError('There is no connection to Redis.')
    const call = withinTime(CALL_TIMEOUT_MS, ask(client), () => new SilenceError())
    this.#openCalls.add(call)
    try {
      return await call
    } catch (error) {
      if (error instanceof SilenceError) this.#lose(client, error)
      if (error instanceof StoreError) throw error
      throw new StoreError(`Redis failed: ${reasonOf(error)}`, { cause: error })
    } finally {
      this.#openCalls.delete(call)
    }
  }

  /** Open calls are answered first. Idempotent. */
  async close(): Promise<void> {
    this.#end.abort()
    clearInterval(this.#pings)
    await Promise.allSettled(this.#openCalls)
    const client = this.#client
    this.#client = undefined
    if (client !== undefined) hangUp(client)
  }

  async #connect(): Promise<RedisClient> {
    const { url, prepare } = this.#options
    const client = createPlainClient(url)
    // The client needs a listener at all times, or its error ends the process.
    client.on('error', (error: unknown) => this.#lose(client, error))
    try {
      await withinTime(CALL_TIMEOUT_MS, greet(client, prepare), () => new SilenceError())
      return client
    } catch (error) {
      hangUp(client)
      throw error
    }
  }

  /** @returns whether it is wanted: not after the end */
  #adopt(client: RedisClient): boolean {
    if (this.#isClosed) hangUp(client)
    else this.#client = client
    return !this.#isClosed
  }

  #lose(client: RedisClient, error: unknown): void {
    if (this.#client !== client) return
    this.#client = undefined
    hangUp(client)
    this.#options.logger.warn({ error: reasonOf(error) }, 'the connection to redis is lost')
    void this.#restore()
  }

  async #restore(): Promise<void> {
    const { logger, onRestored } = this.#options
    for (let attempt = 0; !this.#isClosed; attempt++) {
      try {
        await wait(delayOf(attempt), undefined, { signal: this.#end.signal })
        if (!this.#adopt(await this.#connect())) return
        logger.info({ attempts: attempt + 1 }, 'connected to redis again')
        onRestored?.()
        return
      } catch (error) {
        logger.debug({ attempt, error: reasonOf(error) }, 'redis is still away')
      }
    }
  }

  get #isClosed(): boolean {
    return this.#end.signal.aborted
  }
}

/** Redis did not answer in time. */
class SilenceError extends Error {
  override readonly message = `no answer within ${CALL_TIMEOUT_MS} ms`
}

function createPlainClient(url: string) {
  return createClient({
    url,
    disableOfflineQueue: true,
    disableClientInfo: true,
    commandsQueueMaxLength: MAX_QUEUED_CALLS,
    socket: { connectTimeout: CALL_TIMEOUT_MS, reconnectStrategy: false },
  })
}

/** That a connection is accepted means nothing: the kernel does that for a Redis that stands still. */
async function greet(client: RedisClient, prepare: RedisConnectionOptions['prepare']): Promise<void> {
  await client.connect()
  await client.ping()
  await prepare?.(client)
}

function hangUp(client: RedisClient): void {
  if (client.isOpen) client.destroy()
}

/** ± 50 %, so that instances do not come back all at once, ms. */
function delayOf(attempt: number): number {
  const delay = RETRY_DELAYS_MS[Math.min(attempt, RETRY_DELAYS_MS.length - 1)] ?? 0
  return delay * (0.5 + Math.random())
}

/** Trying again would not help. */
function isRefusal(error: unknown): boolean {
  return /^(NOAUTH|WRONGPASS|NOPERM|ERR invalid (user)?password|ERR DB index)/i.test(reasonOf(error))
}

/** The address may hold a password: only host and port are told. */
function unreachable(url: string, error: unknown): StoreError {
  const { host } = new URL(url)
  return new StoreError(
    `Redis at ${host} cannot be used: ${reasonOf(error)}. Start it, or correct ASIDE_STORE=redis://[user:password@]HOST:PORT.`,
    { cause: error },
  )
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
