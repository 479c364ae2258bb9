import { type AccessTokens, type TokenCheck } from '../auth/access-token.ts'
import { type Identity } from '../auth/identity.ts'
import { type Revocation } from '../auth/revocation.ts'
import { problemResponse, type Refusal } from '../transport/problem.ts'
import { type Route, type RouteContext } from './route.ts'

export interface BearerDeps {
  readonly accessTokens: AccessTokens
  readonly revocation: Pick<Revocation, 'isRevoked'>
}

/** Answers one method of one path for somebody who proved who they are. */
export type BearerRoute = (context: RouteContext, identity: Identity) => Response | Promise<Response>

/**
 * A route for the bearers of an access token whose device may still come in; everybody else gets 401.
 * It rejects with `StoreError` when nobody can say whether the device may; the routes answer that with 503.
 */
export function forBearer({ accessTokens, revocation }: BearerDeps, route: BearerRoute): Route {
  return async (context) => {
    const token = bearerToken(context.request.headers.get('authorization'))
    if (token === undefined) return problemResponse(NO_TOKEN)
    const check = await accessTokens.verify(token)
    if (!check.ok) return problemResponse(BAD_TOKEN[check.fault])
    if (await revocation.isRevoked(check.identity.deviceId)) return problemResponse(REVOKED)
    return route(context, check.identity)
  }
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
  expired: notAuthorised(
    'token_expired',
    'The access token has expired. Ask for a new one at /v1/token, or pair again.',
  ),
  invalid: notAuthorised('not_authorised', 'The relay does not know this access token. Pair with the relay again.'),
}

const REVOKED = notAuthorised('device_revoked', 'This device was signed out. Pair with the relay again.')

function notAuthorised(code: string, detail: string): Refusal {
  return { status: 401, code, detail, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } }
}
