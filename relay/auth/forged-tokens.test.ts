import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { createLocalJWKSet, exportJWK, SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { createLogger } from '../logger.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { createAccessTokens } from './access-token.ts'
import { createDevices } from './devices.ts'
import { createIdTokens } from './id-token.ts'
import { createRefreshTokens } from './refresh-token.ts'
import { createRevocation } from './revocation.ts'
import { deriveKey } from './secret.ts'
import { createTickets } from './ticket.ts'

/** Thousands of runs on a machine that does other things too, ms. */
vi.setConfig({ testTimeout: 60_000 })

/** Of each kind; 10 400 in all. */
const RUNS = 2600

const SECRET = 'a secret of at least thirty-two characters'
const OTHER_SECRET = 'another secret of more than thirty-two characters'
const ORIGIN = 'chrome-extension://knfpaakmnadpbecgiplicddldlkfepni'
const ISSUER = 'https://id.example'
const ME = { user: { id: 'code:ada', name: 'Ada' }, deviceId: 'device-1' }
const YOU = { user: { id: 'code:grace', name: 'Grace' }, deviceId: 'device-2' }

const base64url = (value: string | Uint8Array) => Buffer.from(value).toString('base64url')

/** A text with letters replaced, left out, put in, or its bits flipped. */
function mutated(text: string): fc.Arbitrary<string> {
  const letter = fc.constantFrom(...Array.from('ABCxyz019-_.=+/ {}"\u00e9\u0000'))
  const edit = fc
    .tuple(fc.nat(text.length - 1), fc.nat(1), letter)
    .map(([at, removed, added]) => text.slice(0, at) + added + text.slice(at + removed))
  const cut = fc.nat(text.length - 1).map((at) => text.slice(0, at))
  const flip = fc.array(fc.nat(text.length * 6 - 1), { minLength: 1, maxLength: 8 }).map((bits) => {
    const bytes = text.split('.').map((part) => Buffer.from(part, 'base64url'))
    for (const bit of bits) {
      const part = bytes[bit % bytes.length]!
      if (part.length > 0) part[bit % part.length]! ^= 1 << (bit % 8)
    }
    return bytes.map(base64url).join('.')
  })
  return fc.oneof(edit, cut, flip)
}

/** JWTs that somebody without the key might make of ones they saw. @param sign with keys of theirs, by number */
function forgedJwt(seen: readonly string[], sign: readonly ((input: string) => Uint8Array)[]): fc.Arbitrary<string> {
  const parts = seen.map((token) => token.split('.') as [string, string, string])
  const [header, claims] = parts[0]!.map((part) => Buffer.from(part, 'base64url').toString())
  const known = { header: JSON.parse(header!) as object, claims: JSON.parse(claims!) as object }
  const headerTrick = fc.constantFrom<object>(
    {},
    { alg: 'none' },
    { alg: 'None' },
    { alg: '' },
    { alg: 'HS256' },
    { alg: 'HS512' },
    { alg: 'RS256' },
    { alg: 'ES256' },
    { alg: ['HS256'] },
    { typ: 'JWT' },
    { kid: '../../dev/null' },
    { kid: 'unknown' },
    { jku: 'https://evil.example/jwks' },
    { x5u: 'https://evil.example/cert' },
    { jwk: { kty: 'oct', k: base64url(Buffer.alloc(32)) } },
    { crit: ['exp'] },
    { b64: false, crit: ['b64'] },
    { zip: 'DEF' },
  )
  const claimTrick = fc.constantFrom<object>(
    {},
    { exp: 9_999_999_999 },
    { iat: 9_999_999_999, exp: 9_999_999_999 },
    { sub: 'code:grace' },
    { sub: null },
    { did: 'device-2' },
    { aud: ['aside-relay', 'aside'] },
    { iss: 'evil' },
    { nbf: 0, exp: 1e300 },
    { exp: '9999999999' },
  )
  const signature = fc.oneof(
    fc.constantFrom(
      ...parts.map(
        ([, , kept]) =>
          () =>
            kept,
      ),
    ),
    fc.constantFrom(...sign).map((make) => (input: string) => base64url(make(input))),
    fc.constantFrom<() => string>(
      () => '',
      () => base64url(Buffer.alloc(32)),
      () => base64url(Buffer.alloc(256)),
    ),
  )
  const remade = fc.tuple(headerTrick, claimTrick, signature).map(([inHeader, inClaims, signatureOf]) => {
    const head = base64url(JSON.stringify({ ...known.header, ...inHeader }))
    const body = base64url(JSON.stringify({ ...known.claims, ...inClaims }))
    return `${head}.${body}.${signatureOf(`${head}.${body}`)}`
  })
  const swapped = fc
    .tuple(...[0, 1, 2].map(() => fc.nat(seen.length - 1)))
    .map((picks) => picks.map((pick, place) => parts[pick]![place]).join('.'))
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...seen).chain(mutated) },
    { weight: 3, arbitrary: remade },
    { weight: 1, arbitrary: swapped },
  )
}

/** The same bytes: what differs in the unused bits of a last letter is the same token. */
function isSameJwt(a: string, b: string): boolean {
  const [headA, bodyA, ...restA] = a.split('.')
  const [headB, bodyB, ...restB] = b.split('.')
  const bytes = (rest: readonly string[]) => Buffer.from(rest.join('!'), 'base64url').toString('hex')
  return headA === headB && bodyA === bodyB && restA.length === restB.length && bytes(restA) === bytes(restB)
}

describe('of thousands of forged tokens none is accepted, and none is a fault', () => {
  it('access tokens', async () => {
    const tokens = createAccessTokens({ secrets: [SECRET] })
    const issue = async (identity: typeof ME) => (await tokens.issue(identity)).accessToken
    const seen = [await issue(ME), await issue(YOU)]
    const hmac = (key: string | Uint8Array) => (input: string) => createHmac('sha256', key).update(input).digest()
    // The secret itself, its other keys, another's key, none: not the key of access tokens.
    const keys = [SECRET, deriveKey(SECRET, 'aside ticket'), deriveKey(OTHER_SECRET, 'aside access token'), '']
    await fc.assert(
      fc.asyncProperty(forgedJwt(seen, keys.map(hmac)), async (token) => {
        fc.pre(!seen.some((good) => isSameJwt(good, token)))
        expect(await tokens.verify(token)).toEqual({ ok: false, fault: 'invalid' })
      }),
      { numRuns: RUNS },
    )
    for (const token of seen) expect((await tokens.verify(token)).ok).toBe(true)
  })

  it('ID tokens', async () => {
    const [mine, theirs] = [0, 1].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }))
    const jwk = { ...(await exportJWK(mine!.publicKey)), kid: 'k1', alg: 'RS256' }
    const idTokens = createIdTokens({
      provider: () => Promise.resolve({ issuer: ISSUER, getKey: createLocalJWKSet({ keys: [jwk] }) }),
      audience: 'aside',
      clientId: 'aside',
      takeOnce: () => Promise.resolve(true),
    })
    const nowS = Math.floor(Date.now() / 1000)
    const issue = (sub: string) =>
      new SignJWT({ iss: ISSUER, aud: 'aside', sub, iat: nowS, exp: nowS + 600 })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
        .sign(mine!.privateKey)
    const seen = [await issue('ada'), await issue('grace')]
    const publicKey = mine!.publicKey.export({ type: 'spki', format: 'pem' })
    const signers = [
      (input: string) => sign('sha256', Buffer.from(input), theirs!.privateKey),
      // The public key as if it were a shared secret.
      (input: string) => createHmac('sha256', publicKey).update(input).digest(),
      (input: string) => createHmac('sha256', JSON.stringify(jwk)).update(input).digest(),
    ]
    await fc.assert(
      fc.asyncProperty(forgedJwt(seen, signers), async (token) => {
        fc.pre(!seen.some((good) => isSameJwt(good, token)))
        expect(await idTokens.prove(token, undefined)).toMatchObject({ ok: false, fault: 'invalid' })
      }),
      { numRuns: RUNS },
    )
    for (const token of seen) expect((await idTokens.prove(token, undefined)).ok).toBe(true)
  })

  it('tickets', async () => {
    const { journal } = createMemoryStore({ logger: createLogger('silent', { write: () => undefined }) })
    const takeOnce = (key: string, ttlMs: number) => journal.takeOnce(key, ttlMs)
    const tickets = createTickets({ secrets: [SECRET], takeOnce })
    const strangers = createTickets({ secrets: [OTHER_SECRET], takeOnce })
    const seen = [tickets.issue({ identity: ME }, ORIGIN).ticket, tickets.issue({ identity: YOU }, ORIGIN).ticket]
    const bytes = seen.map((ticket) => Buffer.from(ticket, 'base64url'))
    const glued = fc
      .tuple(fc.nat(1), fc.nat(1), fc.nat(80))
      .map(([a, b, at]) => base64url(Buffer.concat([bytes[a]!.subarray(0, at), bytes[b]!.subarray(at)])))
    const another = fc.constant(0).map(() => strangers.issue({ identity: ME }, ORIGIN).ticket)
    const forged = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...seen).chain(mutated) },
      { weight: 2, arbitrary: glued },
      { weight: 1, arbitrary: another },
    )
    await fc.assert(
      fc.asyncProperty(forged, async (ticket) => {
        fc.pre(!bytes.some((good) => good.equals(Buffer.from(ticket, 'base64url'))))
        expect(await tickets.take(ticket, ORIGIN)).toBeUndefined()
      }),
      { numRuns: RUNS },
    )
    // Nor did any of them use up a good one.
    expect(await tickets.take(seen[0]!, ORIGIN)).toEqual({ identity: ME })
    expect(await tickets.take(seen[1]!, ORIGIN)).toEqual({ identity: YOU })
  })

  it('refresh tokens', async () => {
    const { keyValue, bus } = createMemoryStore({ logger: createLogger('silent', { write: () => undefined }) })
    const devices = createDevices(
      keyValue,
      createRevocation({ keyValue, bus }, () => undefined),
    )
    const tokens = createRefreshTokens(keyValue, devices)
    const seen = [
      await tokens.issue(await devices.add(ME.user, undefined)),
      await tokens.issue(await devices.add(YOU.user, undefined)),
    ]
    const glued = fc.nat(42).map((at) => seen[0]!.slice(0, at) + seen[1]!.slice(at))
    const forged = fc.oneof(
      fc.constantFrom(...seen).chain(mutated),
      glued,
      fc.string({ unit: 'binary', maxLength: 100 }),
    )
    await fc.assert(
      fc.asyncProperty(forged, async (token) => {
        fc.pre(!seen.includes(token))
        expect(await tokens.rotate(token)).toEqual({ ok: false, fault: 'unknown' })
      }),
      { numRuns: RUNS },
    )
    for (const token of seen) expect((await tokens.rotate(token)).ok).toBe(true)
  })
})
