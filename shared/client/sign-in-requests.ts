import * as v from 'valibot'
import { type Ticket } from './relay-client.ts'
import { askRelay, type FetchLike, type RelayAnswer } from './relay-http.ts'

const token = v.pipe(v.string(), v.minLength(1), v.maxLength(8192))

const tokensSchema = v.object({
  accessToken: token,
  /** Lifetime of the access token, seconds. */
  expiresIn: v.number(),
  /** Gets the next pair; a relay without a memory of devices gives none. */
  refreshToken: v.optional(token),
  user: v.object({ id: v.string(), name: v.string() }),
})

const ticketSchema = v.object({
  /** base64url, since it travels as a WebSocket subprotocol. */
  ticket: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.-]+$/), v.maxLength(8192)),
  /** Lifetime of the ticket, seconds. */
  expiresIn: v.number(),
  url: v.pipe(v.string(), v.regex(/^wss?:\/\//i)),
})

/** What a relay gives somebody who signs in. */
export type SignInAnswer = v.InferOutput<typeof tokensSchema>

/** Who one is, as this relay wants to know it: nothing on its own machine, a code, or the word of an issuer. */
export type PairingProof =
  Readonly<Record<string, never>> | { readonly code: string } | { readonly idToken: string; readonly nonce: string }

/** How a relay is reached. */
export interface RelayDoor {
  /** `http(s)://host[:port]` of the relay. */
  readonly baseUrl: string
  readonly fetch: FetchLike
}

/** `POST /v1/pair`: a new device. @param device what people call it */
export function askPair(
  door: RelayDoor,
  proof: PairingProof,
  device: string | undefined,
  signal?: AbortSignal,
): Promise<RelayAnswer<SignInAnswer>> {
  const body = device === undefined ? proof : { ...proof, device }
  return askRelay({ ...door, path: '/v1/pair', schema: tokensSchema, body, ...signalOf(signal) })
}

/** `POST /v1/token`: the next pair of tokens. */
export function askTokens(door: RelayDoor, refreshToken: string): Promise<RelayAnswer<SignInAnswer>> {
  return askRelay({ ...door, path: '/v1/token', schema: tokensSchema, body: { refreshToken } })
}

/** `POST /v1/logout`: this device is out. */
export function askLogout(door: RelayDoor, accessToken: string): Promise<RelayAnswer<unknown>> {
  return askRelay({ ...door, path: '/v1/logout', schema: v.unknown(), body: {}, accessToken })
}

/** `POST /v1/tickets`. @param resume the conversation the socket is to go on with */
export function askTicket(
  door: RelayDoor,
  accessToken: string,
  resume: string | undefined,
  signal?: AbortSignal,
): Promise<RelayAnswer<Ticket>> {
  const body = resume === undefined ? {} : { resume }
  return askRelay({ ...door, path: '/v1/tickets', schema: ticketSchema, body, accessToken, ...signalOf(signal) })
}

function signalOf(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
