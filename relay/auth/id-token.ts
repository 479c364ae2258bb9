import { createHash } from 'node:crypto'
import { errors, jwtVerify } from 'jose'
import * as v from 'valibot'
import { IssuerFault, type OidcProvider } from './oidc-provider.ts'
import { type Proof, tidyName } from './proof.ts'

type IdTokenCheck =
  | { readonly ok: true; readonly proof: Proof }
  /** `reason` is for the operator's log: it holds no part of the token. */
  | { readonly ok: false; readonly fault: 'invalid' | 'issuer_unavailable'; readonly reason: string }

export interface IdTokens {
  /**
   * Checks an ID token of the issuer (OpenID Connect Core 1.0 §3.1.3.7). Never rejects for a bad token.
   *
   * @param token whatever a client sent
   * @param nonce what the client gave the issuer, where it gave one
   */
  prove(token: string, nonce: string | undefined): Promise<IdTokenCheck>
}

export interface IdTokenOptions {
  readonly provider: () => Promise<OidcProvider>
  /** `ASIDE_OIDC_AUDIENCE`: whom a token must be for. */
  readonly audience: string
  /** `ASIDE_OIDC_CLIENT_ID`: who must have asked for one that is for several. */
  readonly clientId: string
  /** `Journal.takeOnce` */
  readonly takeOnce: (key: string, ttlMs: number) => Promise<boolean>
  /** The time, ms since 1970. */
  readonly now?: () => number
}

/** What issuers sign with; never `none`, and nothing with a shared secret: the public key would be one (RFC 8725 §2.1). */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA']

/** Clocks may differ by this much, seconds. */
const TOLERANCE_S = 30

/** No issuer's tokens live longer, seconds; so long a used one is remembered. */
const MAX_AGE_S = 24 * 60 * 60

/** Room for a token full of groups, characters. */
const MAX_LENGTH = 16_384

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(512))

const claimsSchema = v.object({
  iss: text,
  sub: text,
  aud: v.union([v.string(), v.array(v.string())]),
  azp: v.optional(v.string()),
  exp: v.number(),
  nonce: v.optional(v.string()),
  name: v.optional(v.string()),
  preferred_username: v.optional(v.string()),
  email: v.optional(v.string()),
})

type Claims = v.InferOutput<typeof claimsSchema>

/** ID tokens of the one issuer this relay trusts (docs/protocol.md §1.1, `oidc`). Each pairs one device. */
export function createIdTokens({ now = Date.now, ...options }: IdTokenOptions): IdTokens {
  async function verify(token: string, nonce: string | undefined): Promise<Claims> {
    if (token.length > MAX_LENGTH) throw new errors.JWTInvalid('it is too long')
    const { issuer, getKey } = await options.provider()
    const { payload, protectedHeader } = await jwtVerify(token, getKey, {
      algorithms: ALGORITHMS,
      issuer,
      audience: options.audience,
      requiredClaims: ['sub', 'iat', 'exp'],
      maxTokenAge: MAX_AGE_S,
      clockTolerance: TOLERANCE_S,
      currentDate: new Date(now()),
    })
    // An access or logout token of the same issuer is signed with the same key.
    if (protectedHeader.typ !== undefined && protectedHeader.typ.toUpperCase() !== 'JWT')
      throw new errors.JWTInvalid(`it is of the type ${protectedHeader.typ}`)
    const claims = v.safeParse(claimsSchema, payload)
    if (!claims.success) throw new errors.JWTInvalid(claims.issues[0].message)
    const { aud, azp, nonce: named } = claims.output
    if (Array.isArray(aud) && aud.length > 1 && azp !== options.clientId)
      throw new errors.JWTInvalid('it is for several, and another client asked for it')
    if (nonce !== undefined && nonce !== named) throw new errors.JWTInvalid('its nonce is another')
    return claims.output
  }

  return {
    async prove(token, nonce) {
      try {
        const claims = await verify(token, nonce)
        // Without the signature, of which some algorithms allow several for the same words.
        const key = `id-token:${hashOf(token.slice(0, token.lastIndexOf('.')))}`
        const leftMs = Math.max(claims.exp * 1000 - now(), 0) + 2 * TOLERANCE_S * 1000
        const ttlMs = Math.min(leftMs, 2 * MAX_AGE_S * 1000)
        const user = { id: oidcUserId(claims.iss, claims.sub), name: nameOf(claims) }
        return { ok: true, proof: { user, take: () => options.takeOnce(key, ttlMs) } }
      } catch (error) {
        if (error instanceof IssuerFault) return { ok: false, fault: 'issuer_unavailable', reason: error.message }
        if (error instanceof errors.JOSEError || error instanceof TypeError)
          return { ok: false, fault: 'invalid', reason: error.message }
        throw error
      }
    },
  }
}

/** Hashed: subjects may be addresses of people, and our ids stand in logs. */
export function oidcUserId(issuer: string, subject: string): string {
  return `oidc:${hashOf(`${issuer}|${subject}`)}`
}

function nameOf({ name, preferred_username: userName, email }: Claims): string {
  const names = [name, userName, email].map((candidate) => tidyName(candidate ?? ''))
  return names.find((candidate) => candidate !== '') ?? 'You'
}

function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('base64url')
}
