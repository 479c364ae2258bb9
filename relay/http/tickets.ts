import { type AccessTokens, type TokenCheck } from '../auth/access-token.ts'
import { type Tickets } from '../auth/ticket.ts'
import { refuseForCapacity, SOCKET_PATH, type AdmissionDeps } from '../transport/admission.ts'
import { problemResponse, type Refusal } from '../transport/problem.ts'
import { type Route } from './route.ts'

interface TicketDeps {
  readonly accessTokens: AccessTokens
  readonly tickets: Tickets
  readonly capacity: AdmissionDeps['capacity']
  readonly publicUrl?: string
}

/**
 * `POST /v1/tickets`: a one-use ticket for the bearer of an access token. A browser cannot read why an upgrade was
 * refused, so every reason that will refuse the socket refuses the ticket first.
 */
export function ticketsRoute({ accessTokens, tickets, capacity, publicUrl }: TicketDeps): Route {
  return async ({ request, origin }) => {
    const token = bearerToken(request.headers.get('authorization'))
    if (token === undefined) return problemResponse(NO_TOKEN)
    const check = await accessTokens.verify(token)
    if (!check.ok) return problemResponse(BAD_TOKEN[check.fault])
    const busy = refuseForCapacity(capacity(undefined)) ?? refuseForCapacity(capacity(check.user))
    if (busy !== undefined) return problemResponse(busy)
    const issued = tickets.issue(check.user, origin)
    if (issued === undefined) return problemResponse(TOO_MANY_TICKETS)
    return Response.json({ ...issued, url: socketUrl(request, publicUrl) })
  }
}

function socketUrl(request: Request, publicUrl: string | undefined): string {
  const url = new URL(SOCKET_PATH, publicUrl ?? request.url)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}

/** RFC 6750 §2.1; the scheme's case does not count (RFC 9110 §11.1). */
function bearerToken(header: string | null): string | undefined {
  return /^bearer +([\w.~+/-]+=*)$/i.exec(header?.trim() ?? '')?.[1]
}

const NO_TOKEN: Refusal = {
  status: 401,
  code: 'not_authorised',
  detail: 'This needs an access token. Pair with the relay first.',
  headers: { 'www-authenticate': 'Bearer' },
}

const BAD_TOKEN: Readonly<Record<Extract<TokenCheck, { ok: false }>['fault'], Refusal>> = {
  expired: {
    status: 401,
    code: 'token_expired',
    detail: 'The access token has expired. Pair with the relay again.',
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  },
  invalid: {
    status: 401,
    code: 'not_authorised',
    detail: 'The relay does not know this access token. Pair with the relay again.',
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  },
}

const TOO_MANY_TICKETS: Refusal = {
  status: 503,
  code: 'full',
  detail: 'Too many tickets wait to be used. Try again in half a minute.',
  headers: { 'retry-after': '30' },
}
