import { randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import * as v from 'valibot'
import { type Identity } from './identity.ts'
import { deriveKey, type Secrets } from './secret.ts'

export type TokenCheck =
  | { readonly ok: true; readonly identity: Identity; readonly tokenId: string }
  /** `expired` was good once: the client may ask for a new one. */
  | { readonly ok: false; readonly fault: 'expired' | 'invalid' }

export interface AccessTokens {
  /** @returns a token and its lifetime, seconds */
  issue(identity: Identity): Promise<{ readonly accessToken: string; readonly expiresIn: number }>
  /** Never rejects for a bad token. @param token whatever a client sent */
  verify(token: string): Promise<TokenCheck>
}

export interface AccessTokenOptions {
  /** `ASIDE_SECRET`: the first signs, all verify. */
  readonly secrets: Secrets
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
  /** Which of the user's devices: a token dies with the device's right. */
  did: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
})

/** Issues and checks the relay's own access tokens: JWTs of 15 minutes, signed with HS256. */
export function createAccessTokens({ secrets, now = Date.now }: AccessTokenOptions): AccessTokens {
  const keyOf = (secret: string) => deriveKey(secret, 'aside access token')
  const [signingKey, ...olderKeys] = [keyOf(secrets[0]), ...secrets.slice(1).map(keyOf)] as const

  async function issue({ user, deviceId }: Identity) {
    const issuedAt = Math.floor(now() / 1000)
    const accessToken = await new SignJWT({ name: user.name, did: deviceId })
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
      requiredClaims: ['sub', 'jti', 'iat', 'exp', 'did'],
      // Whatever its `exp` says: a key in wrong hands must not make a token for ever.
      maxTokenAge: LIFETIME_S,
      clockTolerance: TOLERANCE_S,
      currentDate: new Date(nowMs),
    })
    const claims = v.safeParse(claimsSchema, payload)
    if (!claims.success) return { ok: false, fault: 'invalid' }
    const { sub, name, jti, did } = claims.output
    return { ok: true, identity: { user: { id: sub, name }, deviceId: did }, tokenId: jti }
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return 'other key'
    if (error instanceof errors.JWTExpired) return { ok: false, fault: 'expired' }
    if (error instanceof errors.JOSEError || error instanceof TypeError) return { ok: false, fault: 'invalid' }
    throw error
  }
}
