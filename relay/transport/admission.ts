import { type IsOwnHost } from '../auth/host.ts'
import { type Identity } from '../auth/identity.ts'
import { isOriginAcceptable } from '../auth/origin.ts'
import { type Admitted } from '../auth/ticket.ts'
import { StoreError } from '../store/key-value.ts'
import { PROTOCOL, TICKET_PREFIX } from '../../shared/protocol/version.ts'
import { type Refusal } from './problem.ts'
import { type UpgradeRequest } from './transport.ts'

/** Where the one socket of the relay is. */
export const SOCKET_PATH = '/v1/live'

/** Whether the relay takes another conversation; `user_full` and `quota` concern the user alone. */
export type Capacity =
  | 'open'
  | 'full'
  | 'draining'
  /** Has as many conversations as one may have at once. */
  | 'user_full'
  /** Has talked as much today as one may. */
  | 'quota'
  /** Nobody can say, since the store does not answer. */
  | 'store'

export interface AdmissionDeps {
  readonly isOwnHost: IsOwnHost
  readonly allowedOrigins: ReadonlySet<string>
  /**
   * Never rejects.
   *
   * @param identity undefined as long as nobody knows who it is
   * @param resume the conversation somebody comes back to, which does not count against their limit
   */
  readonly capacity: (identity: Identity | undefined, resume?: string) => Promise<Capacity>
  /**
   * Takes a ticket for good; undefined when it is not (or no longer) one, or was given to another origin.
   * Rejects with `StoreError` when nobody can say.
   */
  readonly takeTicket: (ticket: string, origin: string | undefined) => Promise<Admitted | undefined>
  /** Rejects with `StoreError` when nobody can say. */
  readonly isRevoked: (deviceId: string) => Promise<boolean>
}

export type Admission =
  { readonly admitted: true; readonly identity: Identity } | { readonly admitted: false; readonly refusal: Refusal }

/**
 * Decides about an upgrade (docs/protocol.md §2). Nothing is made for a socket that is refused, and its ticket is taken
 * last: one that came at a bad moment is still good for another try.
 */
export async function decideAdmission(request: UpgradeRequest, deps: AdmissionDeps): Promise<Admission> {
  const origin = request.header('origin')
  const offered = (request.header('sec-websocket-protocol') ?? '').split(',').map((protocol) => protocol.trim())
  const ticket = offered.find((protocol) => protocol.startsWith(TICKET_PREFIX))?.slice(TICKET_PREFIX.length)

  if (!deps.isOwnHost(request.header('host'))) return refused(WRONG_HOST)
  if (request.path !== SOCKET_PATH) return refused(NOT_FOUND)
  if (!isOriginAcceptable(deps.allowedOrigins, origin)) return refused(WRONG_ORIGIN)
  if (!offered.includes(PROTOCOL)) return refused(NO_COMMON_PROTOCOL)
  if (ticket === undefined) return refused(BAD_TICKET)
  const busy = refuseForCapacity(await deps.capacity(undefined))
  if (busy !== undefined) return refused(busy)
  try {
    return await admitBearer(ticket, origin, deps)
  } catch (error) {
    if (error instanceof StoreError) return refused(STORE_UNAVAILABLE)
    throw error
  }
}

async function admitBearer(ticket: string, origin: string | undefined, deps: AdmissionDeps): Promise<Admission> {
  const admitted = await deps.takeTicket(ticket, origin)
  if (admitted === undefined) return refused(BAD_TICKET)
  const { identity, resume } = admitted
  // The device may have been signed out since it asked for the ticket.
  if (await deps.isRevoked(identity.deviceId)) return refused(BAD_TICKET)
  const busy = refuseForCapacity(await deps.capacity(identity, resume))
  return busy === undefined ? { admitted: true, identity } : refused(busy)
}

/**
 * @param nowMs ms since 1970
 * @returns why another conversation cannot begin now, if so; also the answer to who asks for a ticket
 */
export function refuseForCapacity(capacity: Capacity, nowMs = Date.now()): Refusal | undefined {
  switch (capacity) {
    case 'open':
      return undefined
    case 'full':
      return FULL
    case 'draining':
      return DRAINING
    case 'user_full':
      return TOO_MANY_SESSIONS
    case 'quota':
      return quotaSpent(nowMs)
    case 'store':
      return STORE_UNAVAILABLE
  }
}

export const WRONG_HOST: Refusal = {
  status: 421,
  code: 'wrong_host',
  detail:
    'This relay is not known under the name in the address. Use http://127.0.0.1 with its port, or set ASIDE_PUBLIC_URL to the address you use.',
}

export const WRONG_ORIGIN: Refusal = {
  status: 403,
  code: 'origin_not_allowed',
  detail:
    'Only the Aside extension may talk to this relay. If yours has another id, add it to ASIDE_EXTENSION_IDS and restart the relay.',
}

export const NOT_FOUND: Refusal = {
  status: 404,
  code: 'not_found',
  detail: 'There is nothing at this address. Conversations are at /v1/live.',
}

const NO_COMMON_PROTOCOL: Refusal = {
  status: 426,
  code: 'protocol_not_supported',
  detail: `This relay speaks ${PROTOCOL}. Update the extension or the relay, so that both speak the same.`,
  headers: { upgrade: 'websocket', 'sec-websocket-protocol': PROTOCOL },
}

const BAD_TICKET: Refusal = {
  status: 401,
  code: 'ticket_not_valid',
  detail: 'The ticket is missing, used or older than 30 seconds. Ask for a new one at /v1/tickets and connect at once.',
  headers: { 'www-authenticate': 'Ticket' },
}

const FULL: Refusal = {
  status: 503,
  code: 'full',
  detail: 'The relay has as many conversations as it can hold. Try again in a moment.',
  headers: { 'retry-after': '10' },
}

const TOO_MANY_SESSIONS: Refusal = {
  status: 429,
  code: 'too_many_sessions',
  detail: 'You have as many conversations open as this relay allows. End one and try again.',
  headers: { 'retry-after': '5' },
}

/** Nothing that needs the store can be said to be done or true. */
export const STORE_UNAVAILABLE: Refusal = {
  status: 503,
  code: 'store_unavailable',
  detail: 'The relay cannot reach its store just now. Try again in a moment.',
  headers: { 'retry-after': '2' },
}

const DAY_MS = 24 * 60 * 60_000

/** Days are counted in UTC, which has no summer time (docs/protocol.md §3). */
function quotaSpent(nowMs: number): Refusal {
  const resetsInS = Math.ceil((DAY_MS - (nowMs % DAY_MS)) / 1000)
  return {
    status: 429,
    code: 'quota_spent',
    detail: 'You have used what this relay allows for one day. It starts anew at midnight, UTC.',
    headers: { 'retry-after': String(resetsInS) },
  }
}

const DRAINING: Refusal = {
  status: 503,
  code: 'draining',
  detail: 'The relay is restarting. Try again in a moment.',
  headers: { 'retry-after': '2' },
}

function refused(refusal: Refusal): Admission {
  return { admitted: false, refusal }
}
