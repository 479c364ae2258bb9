import * as v from 'valibot'
import { type Ticket } from './relay-client.ts'
import { askRelay, type FetchLike, type RelayFault } from './relay-http.ts'
import { TicketRefused } from './ticket-refused.ts'

const pairedSchema = v.object({
  accessToken: v.pipe(v.string(), v.minLength(1), v.maxLength(8192)),
  /** Lifetime of the access token, seconds. */
  expiresIn: v.number(),
  user: v.object({ id: v.string(), name: v.string() }),
})

const ticketSchema = v.object({
  /** base64url, since it travels as a WebSocket subprotocol. */
  ticket: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]+$/), v.maxLength(8192)),
  /** Lifetime of the ticket, seconds. */
  expiresIn: v.number(),
  url: v.pipe(v.string(), v.regex(/^wss?:\/\//i)),
})

export interface TicketSourceOptions {
  /** `http(s)://host[:port]` of the relay. */
  readonly baseUrl: string
  readonly fetch: FetchLike
  /** The access token kept from earlier, if any. Without these two the token lives as long as the source. */
  readonly loadToken?: () => Promise<string | undefined>
  readonly saveToken?: (accessToken: string) => Promise<void>
}

export interface TicketSource {
  /** @throws {TicketRefused} with a sentence a person can act on */
  getTicket(signal: AbortSignal): Promise<Ticket>
}

/** Tickets of one relay: pairs when there is no access token yet, and once again when the relay no longer takes it. */
export function createTicketSource(options: TicketSourceOptions): TicketSource {
  const { baseUrl, fetch } = options
  let kept: string | undefined

  async function pair(signal: AbortSignal): Promise<string> {
    kept = await pairLocally(baseUrl, fetch, signal)
    await options.saveToken?.(kept)
    return kept
  }

  async function getTicket(signal: AbortSignal): Promise<Ticket> {
    const known = kept ?? (await options.loadToken?.())
    if (known !== undefined) {
      const answer = await askTicket(baseUrl, fetch, known, signal)
      if (answer.ok) return answer.value
      if (answer.status !== 401) throw refused(answer)
    }
    return requestTicket(baseUrl, fetch, await pair(signal), signal)
  }

  return { getTicket }
}

/**
 * Pairs with a relay of this machine (docs/protocol.md §1.1, `local`).
 *
 * @returns the access token
 * @throws {TicketRefused}
 */
export async function pairLocally(baseUrl: string, fetch: FetchLike, signal: AbortSignal): Promise<string> {
  const answer = await askRelay({ fetch, baseUrl, path: '/v1/pair', schema: pairedSchema, body: {}, signal })
  if (answer.ok) return answer.value.accessToken
  throw refused(answer)
}

/**
 * Asks for a one-use ticket.
 *
 * @throws {TicketRefused}
 */
export async function requestTicket(
  baseUrl: string,
  fetch: FetchLike,
  accessToken: string,
  signal: AbortSignal,
): Promise<Ticket> {
  const answer = await askTicket(baseUrl, fetch, accessToken, signal)
  if (answer.ok) return answer.value
  throw refused(answer)
}

function askTicket(baseUrl: string, fetch: FetchLike, accessToken: string, signal: AbortSignal) {
  return askRelay({ fetch, baseUrl, path: '/v1/tickets', schema: ticketSchema, body: {}, accessToken, signal })
}

function refused(fault: RelayFault): TicketRefused {
  return new TicketRefused(fault.fault, fault.retryable, fault.retryAfterMs)
}
