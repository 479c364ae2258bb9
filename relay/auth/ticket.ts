import { createHash, randomBytes } from 'node:crypto'
import { type User } from './identity.ts'

export interface Tickets {
  /**
   * Makes a ticket for one socket.
   *
   * @param origin of the request that asks; the socket must come with the same, also when that is none
   * @returns undefined when too many wait to be used
   */
  issue(user: User, origin: string | undefined): { readonly ticket: string; readonly expiresIn: number } | undefined
  /**
   * Takes a ticket: of many calls at once exactly one gets the user. A ticket tried from another origin is gone too.
   *
   * @param ticket whatever a client sent
   */
  take(ticket: string, origin: string | undefined): User | undefined
}

export interface TicketOptions {
  /** A clock that never goes back, ms. */
  readonly now?: () => number
  readonly maxTickets?: number
}

/** From the answer of `POST /v1/tickets` to the upgrade, seconds: one round trip over a bad line. */
const LIFETIME_S = 30

/** Each entry is some 300 bytes; at one ticket per reconnect this is far more than one process serves. */
const MAX_TICKETS = 10_000

interface Entry {
  readonly user: User
  readonly origin: string | undefined
  readonly expiresAt: number
}

/** One-use tickets in memory: 256 random bits, kept as their hash, so that a dump of the memory holds none. */
export function createTickets({ now = monotonicNow, maxTickets = MAX_TICKETS }: TicketOptions = {}): Tickets {
  /** All live equally long, so the oldest, which comes first, expires first. */
  const entries = new Map<string, Entry>()

  function forgetExpired(): void {
    for (const [hash, { expiresAt }] of entries) {
      if (expiresAt > now()) return
      entries.delete(hash)
    }
  }

  return {
    issue(user, origin) {
      forgetExpired()
      // Refused rather than squeezed in: an older ticket that vanished could not be explained to its owner.
      if (entries.size >= maxTickets) return undefined
      const ticket = randomBytes(32).toString('base64url')
      entries.set(hashOf(ticket), { user, origin, expiresAt: now() + LIFETIME_S * 1000 })
      return { ticket, expiresIn: LIFETIME_S }
    },

    take(ticket, origin) {
      const hash = hashOf(ticket)
      const entry = entries.get(hash)
      entries.delete(hash)
      if (entry === undefined || entry.expiresAt <= now() || entry.origin !== origin) return undefined
      return entry.user
    },
  }
}

function hashOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('base64')
}

function monotonicNow(): number {
  return performance.now()
}
