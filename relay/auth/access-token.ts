import { hkdfSync, randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import * as v from 'valibot'
import { type User } from './identity.ts'

export type TokenCheck =
  | { readonly ok: true; readonly user: User; readonly tokenId: string }
  /** `expired` was good once: the client may ask for a new one. */
  | { readonly ok: false; readonly fault: 'expired' | 'invalid' }

export interface AccessTokens {
  /** @returns a token and its lifetime, seconds */
  issue(user: User): Promise<{ readonly accessToken: string; readonly expiresIn: number }>
  /** Never rejects for a bad token. @param token whatever a client sent */
  verify(token: string): Promise<TokenCheck>
}

export interface AccessTokenOptions {
  /** `ASIDE_SECRET`: the first signs, all verify. */
  readonly secrets: readonly [string, ...string[]]
  /** The time, ms since 1970. */
  readonly now?: () => number
}

/** A leaked token is of use for this long at most, seconds (docs/protocol.md §1). */
const LIFETIME_S = 15 * 60

/** Clocks of two instances may differ by this much, seconds. */
const TOLERANCE_S = 30

/** The one algorithm: what a token's own header asks for does not count (RFC 8725 §3.1). */
const ALGORITHM = 'HS256'

/** RFC 9068: so that no other kind of JWT made with the same key passes for one. */
const TYPE = 'at+jwt'

const ISSUER = 'aside-relay'
const AUDIENCE = 'aside-relay'

const claimsSchema = v.object({
  sub: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  name: v.pipe(v.string(), v.maxLength(256)),
  jti: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
})

/** Issues and checks the relay's own access tokens: JWTs of 15 minutes, signed with HS256. */
export function createAccessTokens({ secrets, now = Date.now }: AccessTokenOptions): AccessTokens {
  const [signingKey, ...olderKeys] = [deriveKey(secrets[0]), ...secrets.slice(1).map(deriveKey)] as const

  async function issue(user: User) {
    const issuedAt = Math.floor(now() / 1000)
    const accessToken = await new SignJWT({ name: user.name })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(user.id)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + LIFETIME_S)
      .sign(signingKey)
    return { accessToken, expiresIn: LIFETIME_S }
  }

  async function verify(token: string): Promise<TokenCheck> {
    for (const key of [signingKey, ...olderKeys]) {
      const check = await verifyWith(key, token, now())
      if (check !== 'other key') return check
    }
    return { ok: false, fault: 'invalid' }
  }

  return { issue, verify }
}

async function verifyWith(key: Uint8Array, token: string, nowMs: number): Promise<TokenCheck | 'other key'> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      typ: TYPE,
      issuer: ISSUER,
      audience: AUDIENCE,
      requiredClaims: ['sub', 'jti', 'iat', 'exp'],
      // Whatever its `exp` says: a key in wrong hands must not make a token for ever.
      maxTokenAge: LIFETIME_S,
      clockTolerance: TOLERANCE_S,
      currentDate: new Date(nowMs),
    })
    const claims = v.safeParse(claimsSchema, payload)
    if (!claims.success) return { ok: false, fault: 'invalid' }
    const { sub, name, jti } = claims.output
    return { ok: true, user: { id: sub, name }, tokenId: jti }
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return 'other key'
    if (error instanceof errors.JWTExpired) return { ok: false, fault: 'expired' }
    if (error instanceof errors.JOSEError || error instanceof TypeError) return { ok: false, fault: 'invalid' }
    throw error
  }
}

/** The secret serves other ends too: a key of its own for each (RFC 5869). */
function deriveKey(secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', 'aside access token', 32))
}
