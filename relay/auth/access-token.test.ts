import { generateKeyPairSync, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { SignJWT, UnsecuredJWT, decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { createAccessTokens } from './access-token.ts'

/** Thousands of runs on a machine that does other things too, ms. */
vi.setConfig({ testTimeout: 60_000 })

const SECRET = 'a secret of at least thirty-two characters'
const OTHER_SECRET = 'another secret of more than thirty-two characters'
const NOW = Date.UTC(2026, 10, 21, 12, 0, 0)
const ME = { user: { id: 'local', name: 'Me' }, deviceId: 'device-1' }

const tokens = createAccessTokens({ secrets: [SECRET], now: () => NOW })
const at = (ms: number) => createAccessTokens({ secrets: [SECRET], now: () => NOW + ms })

/** The key the relay signs with, to make tokens it would never make. */
const KEY = new Uint8Array(hkdfSync('sha256', SECRET, '', 'aside access token', 32))
const NOW_S = NOW / 1000
const GOOD = {
  iss: 'aside-relay',
  aud: 'aside-relay',
  sub: 'local',
  name: 'Me',
  jti: 'id',
  did: 'device-1',
  iat: NOW_S,
  exp: NOW_S + 900,
}
const forge = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', ...header }).sign(KEY)

describe('access tokens', () => {
  it('name their user for 15 minutes', async () => {
    const { accessToken, expiresIn } = await tokens.issue(ME)
    expect(expiresIn).toBe(900)
    expect(decodeProtectedHeader(accessToken)).toEqual({ alg: 'HS256', typ: 'at+jwt' })
    const claims = decodeJwt(accessToken)
    expect(claims.exp! - claims.iat!).toBe(900)
    expect(await tokens.verify(accessToken)).toEqual({ ok: true, identity: ME, tokenId: claims.jti })
  })

  it('are each of their own', async () => {
    const ids = await Promise.all(
      Array.from({ length: 50 }, async () => decodeJwt((await tokens.issue(ME)).accessToken).jti),
    )
    expect(new Set(ids).size).toBe(50)
  })

  it('expire, with 30 seconds for clocks that differ, either way', async () => {
    const { accessToken } = await tokens.issue(ME)
    expect((await at(900_000 + 29_000).verify(accessToken)).ok).toBe(true)
    expect(await at(900_000 + 31_000).verify(accessToken)).toEqual({ ok: false, fault: 'expired' })
    expect((await at(-29_000).verify(accessToken)).ok).toBe(true)
    expect(await at(-31_000).verify(accessToken)).toEqual({ ok: false, fault: 'invalid' })
  })

  it('survive a rotated secret while it is still named', async () => {
    const { accessToken } = await tokens.issue(ME)
    const rotated = createAccessTokens({ secrets: [OTHER_SECRET, SECRET], now: () => NOW })
    expect((await rotated.verify(accessToken)).ok).toBe(true)
    const forgotten = createAccessTokens({ secrets: [OTHER_SECRET], now: () => NOW })
    expect(await forgotten.verify(accessToken)).toEqual({ ok: false, fault: 'invalid' })
    // The first secret signs.
    expect((await forgotten.verify((await rotated.issue(ME)).accessToken)).ok).toBe(true)
    // Expired is expired under an older secret too.
    const later = createAccessTokens({ secrets: [OTHER_SECRET, SECRET], now: () => NOW + 3_600_000 })
    expect(await later.verify(accessToken)).toEqual({ ok: false, fault: 'expired' })
  })

  it('are taken as forged here, so that the next tests fail for their reason alone', async () => {
    expect((await tokens.verify(await forge(GOOD))).ok).toBe(true)
  })

  it.each(['iss', 'aud', 'sub', 'name', 'jti', 'did', 'iat', 'exp'] as const)('need %s', async (claim) => {
    const { [claim]: _left, ...rest } = GOOD
    expect(await tokens.verify(await forge(rest))).toEqual({ ok: false, fault: 'invalid' })
  })

  it.each([
    ['another issuer', { iss: 'somebody' }],
    ['another audience', { aud: 'somebody' }],
    ['an empty subject', { sub: '' }],
    ['a subject that is no text', { sub: { id: 'local' } }],
    ['a time that is no number', { exp: '9999999999' }],
    ['a start in the future', { nbf: NOW_S + 3600 }],
    ['an issue in the future', { iat: NOW_S + 3600, exp: NOW_S + 4500 }],
  ])('with %s are refused', async (_name, change) => {
    const token = await forge({ ...GOOD, ...change })
    expect(await tokens.verify(token)).toEqual({ ok: false, fault: 'invalid' })
  })

  it('are of no use after 15 minutes, whatever they say themselves', async () => {
    const token = await forge({ ...GOOD, iat: NOW_S - 3600, exp: NOW_S + 3600 })
    expect((await tokens.verify(token)).ok).toBe(false)
  })

  it('are taken in one algorithm and of one type only, and a key in their header counts for nothing', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const none = new UnsecuredJWT(GOOD).encode()
    const hs512 = await new SignJWT(GOOD)
      .setProtectedHeader({ alg: 'HS512', typ: 'at+jwt' })
      .sign(Buffer.concat([KEY, KEY]))
    const rs256 = await new SignJWT(GOOD)
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', jwk: publicKey.export({ format: 'jwk' }) })
      .sign(privateKey)
    const otherType = await forge(GOOD, { typ: 'JWT' })
    const ownKey = await new SignJWT(GOOD)
      .setProtectedHeader({
        alg: 'HS256',
        typ: 'at+jwt',
        jwk: { kty: 'oct', k: Buffer.alloc(32).toString('base64url') } as never,
      })
      .sign(Buffer.alloc(32))
    for (const token of [none, hs512, rs256, otherType, ownKey])
      expect(await tokens.verify(token)).toEqual({ ok: false, fault: 'invalid' })
  })

  it('do not survive any change', async () => {
    const { accessToken } = await tokens.issue(ME)
    const alphabet = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ {}"\u00e9')
    const letter = fc.constantFrom(...alphabet)
    const mutation = fc.oneof(
      fc.record({ kind: fc.constant('replace'), at: fc.nat(accessToken.length - 1), by: letter }),
      fc.record({ kind: fc.constant('insert'), at: fc.nat(accessToken.length), by: letter }),
      fc.record({ kind: fc.constant('delete'), at: fc.nat(accessToken.length - 1), by: fc.constant('') }),
      fc.record({ kind: fc.constant('cut'), at: fc.nat(accessToken.length - 1), by: fc.constant('') }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        let mutated = accessToken
        for (const { kind, at: index, by } of mutations) {
          const end = kind === 'insert' ? index : kind === 'cut' ? mutated.length : index + 1
          mutated = mutated.slice(0, index) + by + mutated.slice(end)
        }
        fc.pre(mutated !== accessToken && !sameSignature(mutated, accessToken))
        expect(await tokens.verify(mutated)).toEqual({ ok: false, fault: 'invalid' })
      }),
      { numRuns: 4000 },
    )
  })

  it('are not had from any text', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(fc.base64String({ maxLength: 60 }), { maxLength: 5 }).map((parts) => parts.join('.')),
      fc
        .tuple(fc.jsonValue(), fc.jsonValue(), fc.string())
        .map(([header, claims, signature]) =>
          [JSON.stringify(header), JSON.stringify(claims), signature]
            .map((part) => Buffer.from(part).toString('base64url'))
            .join('.'),
        ),
    )
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        expect(await tokens.verify(token)).toEqual({ ok: false, fault: 'invalid' })
      }),
      { numRuns: 2000 },
    )
  })
})

/** Base64url leaves two bits of a 32-byte signature's last letter unused: such a change is none. */
function sameSignature(a: string, b: string): boolean {
  const [headerA, claimsA, signatureA] = a.split('.')
  const [headerB, claimsB, signatureB] = b.split('.')
  const bytes = (text = '') => Buffer.from(text, 'base64url').toString('hex')
  return headerA === headerB && claimsA === claimsB && bytes(signatureA) === bytes(signatureB)
}
