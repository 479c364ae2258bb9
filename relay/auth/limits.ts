import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { type LimiterClient } from '../store/limiter-client.ts'

/** What is limited. `requests` are all of them, whatever they ask for. */
export type Limited = 'pair' | 'tickets' | 'token' | 'previews' | 'requests'

/** How many a minute. */
export type LimitRates = Readonly<Record<Limited, number>>

export interface Limits {
  /**
   * Counts one more.
   *
   * @param by whose it is, e.g. `address:192.0.2.1`
   * @returns undefined when it may be, else how long until one may be again, whole seconds
   */
  spend(what: Limited, by: string): Promise<number | undefined>
}

/** docs/operating.md has the table. */
const RATES: LimitRates = { pair: 10, tickets: 60, token: 30, previews: 20, requests: 600 }

/**
 * The usual rates, or more where one user may have very many conversations: all of them must be able to come back at once.
 *
 * @param maxSessionsPerUser `ASIDE_MAX_SESSIONS`
 */
export function limitRates(maxSessionsPerUser: number): LimitRates {
  const least = 2 * maxSessionsPerUser
  return {
    pair: Math.max(RATES.pair, least),
    tickets: Math.max(RATES.tickets, least),
    token: Math.max(RATES.token, least),
    previews: RATES.previews,
    requests: Math.max(RATES.requests, 4 * least),
  }
}

const WINDOW_S = 60

/**
 * Counts in memory, or in Redis for all instances together. While Redis is away each instance counts for itself, and
 * `requests` always: a question to Redis before each answer would cost more than it saves.
 *
 * @param redis `Store.limiterClient`
 */
export function createLimits(rates: LimitRates, redis?: LimiterClient): Limits {
  const create = (what: Limited) => createLimiter(what, rates[what], what === 'requests' ? undefined : redis)
  const limiters = {
    pair: create('pair'),
    tickets: create('tickets'),
    token: create('token'),
    previews: create('previews'),
    requests: create('requests'),
  }
  return {
    async spend(what, by) {
      try {
        await limiters[what].consume(by)
        return undefined
      } catch (error) {
        if (error instanceof RateLimiterRes) return Math.max(Math.ceil(error.msBeforeNext / 1000), 1)
        throw error
      }
    },
  }
}

function createLimiter(what: Limited, points: number, redis: LimiterClient | undefined) {
  const options = { keyPrefix: `aside:limit:${what}`, points, duration: WINDOW_S }
  const inMemory = new RateLimiterMemory(options)
  if (redis === undefined) return inMemory
  return new RateLimiterRedis({
    ...options,
    storeClient: redis,
    useRedisPackage: true,
    rejectIfRedisNotReady: true,
    insuranceLimiter: inMemory,
  })
}
