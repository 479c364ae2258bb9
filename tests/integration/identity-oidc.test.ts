import { createServer } from 'node:http'
import { once } from 'node:events'
import { type AddressInfo } from 'node:net'
import { decodeJwt, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createIdTokens, oidcUserId, type IdTokens } from '../../relay/auth/id-token.ts'
import { createOidcProvider, IssuerFault } from '../../relay/auth/oidc-provider.ts'
import { MemoryJournal } from '../../relay/store/memory-journal.ts'
import { CLIENT_ID, makeKey, signToken, startIssuer, type Algorithm, type OidcIssuer } from '../support/oidc-issuer.ts'

interface StageOptions {
  readonly audience?: string
  readonly nowMs?: () => number
}

function idTokensOf(issuer: Pick<OidcIssuer, 'url'>, { audience = CLIENT_ID, nowMs }: StageOptions = {}): IdTokens {
  const journal = new MemoryJournal()
  return createIdTokens({
    provider: createOidcProvider({ issuer: issuer.url, keyCooldownMs: 0 }),
    audience,
    clientId: CLIENT_ID,
    takeOnce: (key, ttlMs) => journal.takeOnce(key, ttlMs),
    ...(nowMs === undefined ? {} : { now: nowMs }),
  })
}

/** What the issuer would say of somebody now. */
function claimsOf(issuer: OidcIssuer, changes: JWTPayload = {}): JWTPayload {
  const nowS = Math.floor(Date.now() / 1000)
  return { iss: issuer.url, aud: CLIENT_ID, sub: 'ada', iat: nowS, exp: nowS + 600, ...changes }
}

async function outcomeOf(idTokens: IdTokens, token: string, nonce?: string): Promise<string> {
  const check = await idTokens.prove(token, nonce)
  if (!check.ok) return check.fault
  return (await check.proof.take()) ? check.proof.user.id : 'used'
}

describe('an ID token of oidc-provider', () => {
  it.each<Algorithm>(['RS256', 'PS256', 'ES256', 'EdDSA'])('signed with %s says who somebody is, once', async (alg) => {
    const issuer = await startIssuer(alg)
    const idTokens = idTokensOf(issuer)
    const token = await issuer.signIn('ada', 'a nonce')
    const check = await idTokens.prove(token, 'a nonce')
    expect(check).toMatchObject({
      ok: true,
      proof: { user: { id: oidcUserId(issuer.url, 'ada'), name: 'ada the Tester' } },
    })
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcomeOf(idTokens, token)))
    expect(outcomes.filter((outcome) => outcome !== 'used')).toEqual([oidcUserId(issuer.url, 'ada')])
  })

  it('is of the same user each time, and of another for another', async () => {
    const issuer = await startIssuer()
    const idTokens = idTokensOf(issuer)
    const users = []
    for (const [login, nonce] of [
      ['ada', '1'],
      ['grace', '2'],
      ['ada', '3'],
    ] as const)
      users.push(await outcomeOf(idTokens, await issuer.signIn(login, nonce)))
    expect(users[0]).toBe(users[2])
    expect(users[0]).not.toBe(users[1])
    expect(users[0]).toMatch(/^oidc:[A-Za-z0-9_-]{43}$/)
  })

  it('is not taken with another nonce than the client gave', async () => {
    const issuer = await startIssuer()
    const idTokens = idTokensOf(issuer)
    const token = await issuer.signIn('ada', 'mine')
    expect(await outcomeOf(idTokens, token, 'yours')).toBe('invalid')
    expect(await outcomeOf(idTokens, await issuer.signIn('ada'), 'mine')).toBe('invalid')
    expect(await outcomeOf(idTokens, token, 'mine')).toMatch(/^oidc:/)
  })

  it('is taken with a new key, and no more with the old one', async () => {
    const issuer = await startIssuer('RS256')
    const idTokens = idTokensOf(issuer)
    expect(await outcomeOf(idTokens, await issuer.signIn('ada'))).toMatch(/^oidc:/)
    const oldKey = issuer.key
    await issuer.rotate('ES256')
    expect(await outcomeOf(idTokens, await issuer.signIn('ada'))).toMatch(/^oidc:/)
    expect(await outcomeOf(idTokens, await signToken(oldKey, claimsOf(issuer)))).toBe('invalid')
  })

  it('asks for keys once for many, and not for every key id that somebody invents', async () => {
    const issuer = await startIssuer()
    const journal = new MemoryJournal()
    const idTokens = createIdTokens({
      provider: createOidcProvider({ issuer: issuer.url }),
      audience: CLIENT_ID,
      clientId: CLIENT_ID,
      takeOnce: (key, ttlMs) => journal.takeOnce(key, ttlMs),
    })
    const tokens = await Promise.all(Array.from({ length: 10 }, () => signToken(issuer.key, claimsOf(issuer))))
    await Promise.all(tokens.map((token) => idTokens.prove(token, undefined)))
    expect(issuer.keyRequests).toBe(1)
    const stranger = await makeKey('RS256')
    for (let count = 0; count < 20; count++)
      expect(await outcomeOf(idTokens, await signToken({ ...stranger, kid: `k${count}` }, claimsOf(issuer)))).toBe(
        'invalid',
      )
    expect(issuer.keyRequests).toBe(1)
  })

  it('waits for an issuer that is away, with a reason for the log', async () => {
    const issuer = await startIssuer()
    const token = await issuer.signIn('ada')
    issuer.goAway()
    const idTokens = idTokensOf(issuer)
    expect(await idTokens.prove(token, undefined)).toMatchObject({
      ok: false,
      fault: 'issuer_unavailable',
      reason: expect.stringContaining('status 503') as string,
    })
    await issuer.rotate()
    expect(await outcomeOf(idTokens, await issuer.signIn('ada'))).toMatch(/^oidc:/)
  })
})

describe('a token that oidc-provider did not give to Aside', () => {
  it.each<[string, JWTPayload]>([
    ['another audience', { aud: 'somebody' }],
    ['no audience', { aud: undefined as never }],
    ['another issuer', { iss: 'http://127.0.0.1:1' }],
    ['no subject', { sub: undefined as never }],
    ['an empty subject', { sub: '' }],
    ['no end', { exp: undefined as never }],
    ['no beginning', { iat: undefined as never }],
    ['an end that is past', { exp: Math.floor(Date.now() / 1000) - 60, iat: Math.floor(Date.now() / 1000) - 600 }],
    ['a beginning to come', { nbf: Math.floor(Date.now() / 1000) + 600 }],
    ['an issue to come', { iat: Math.floor(Date.now() / 1000) + 600 }],
    ['an issue of last week', { iat: Math.floor(Date.now() / 1000) - 604_800 }],
    ['several audiences and no party', { aud: [CLIENT_ID, 'somebody'] }],
    ['several audiences and another party', { aud: [CLIENT_ID, 'somebody'], azp: 'somebody' }],
  ])('with %s is refused', async (_name, changes) => {
    const issuer = await startIssuer()
    const idTokens = idTokensOf(issuer)
    expect(await outcomeOf(idTokens, await signToken(issuer.key, claimsOf(issuer, changes)))).toBe('invalid')
    // It is for this reason alone.
    expect(await outcomeOf(idTokens, await signToken(issuer.key, claimsOf(issuer)))).toMatch(/^oidc:/)
  })

  it('for several audiences is taken when Aside asked for it', async () => {
    const issuer = await startIssuer()
    const claims = claimsOf(issuer, { aud: [CLIENT_ID, 'somebody'], azp: CLIENT_ID })
    expect(await outcomeOf(idTokensOf(issuer), await signToken(issuer.key, claims))).toMatch(/^oidc:/)
  })

  it('allows clocks to differ by half a minute', async () => {
    const issuer = await startIssuer()
    const claims = claimsOf(issuer)
    const late = idTokensOf(issuer, { nowMs: () => claims.exp! * 1000 + 29_000 })
    const tooLate = idTokensOf(issuer, { nowMs: () => claims.exp! * 1000 + 31_000 })
    const token = await signToken(issuer.key, claims)
    expect(await outcomeOf(tooLate, token)).toBe('invalid')
    expect(await outcomeOf(late, token)).toMatch(/^oidc:/)
  })

  it('is refused whatever its header says about keys and algorithms', async () => {
    const issuer = await startIssuer()
    const idTokens = idTokensOf(issuer)
    const { key } = issuer
    const stranger = await makeKey('RS256')
    const publicJson = new TextEncoder().encode(JSON.stringify(key.publicJwk))
    const claims = claimsOf(issuer)
    const [header, payload, signature] = (await signToken(key, claims)).split('.') as [string, string, string]
    const noneHeader = Buffer.from(JSON.stringify({ alg: 'none', kid: key.kid })).toString('base64url')
    const forged = await Promise.all([
      // Somebody else's key, under the name of the issuer's, beside it, or pointed to.
      signToken({ ...stranger, kid: key.kid }, claims),
      signToken(stranger, claims),
      signToken(stranger, claims, { jwk: stranger.publicJwk }),
      signToken({ ...stranger, kid: key.kid }, claims, { jwk: stranger.publicJwk }),
      signToken(stranger, claims, { jku: 'http://127.0.0.1:1/jwks' }),
      signToken(stranger, claims, { x5u: 'http://127.0.0.1:1/cert' }),
      // The public key as a shared secret.
      new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: key.kid }).sign(publicJson),
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: key.kid })
        .sign(Buffer.from(key.publicJwk.n ?? '', 'base64url')),
      // Another type of token of the same issuer.
      signToken(key, claims, { typ: 'at+jwt' }),
      signToken(key, claims, { typ: 'logout+jwt' }),
    ])
    const broken = [
      // No signature at all.
      new UnsecuredJWT(claims).encode(),
      `${noneHeader}.${payload}.`,
      `${noneHeader}.${payload}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}..${signature}`,
      `${header}.${Buffer.from(JSON.stringify({ ...claims, sub: 'eve' })).toString('base64url')}.${signature}`,
      '',
      '...',
      'x'.repeat(20_000),
    ]
    for (const token of [...forged, ...broken]) expect(await outcomeOf(idTokens, token)).toBe('invalid')
    expect(await outcomeOf(idTokens, `${header}.${payload}.${signature}`)).toMatch(/^oidc:/)
  })

  it('is the same token however its signature is spelt', async () => {
    const issuer = await startIssuer('ES256')
    const idTokens = idTokensOf(issuer)
    const claims = claimsOf(issuer)
    const token = await signToken(issuer.key, claims)
    expect(decodeJwt(token).sub).toBe('ada')
    expect(await outcomeOf(idTokens, token)).toMatch(/^oidc:/)
    const cut = token.lastIndexOf('.') + 1
    const bytes = Buffer.from(token.slice(cut), 'base64url')
    // (r, n − s) is as good a signature as (r, s).
    const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
    const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`)
    const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')])
    expect(await outcomeOf(idTokens, token.slice(0, cut) + twin.toString('base64url'))).toBe('used')
  })
})

describe('an issuer that is none', () => {
  it.each<[string, (url: string) => { status?: number; body: string; location?: string }]>([
    ['says nothing of itself', () => ({ body: '{}' })],
    ['is no JSON', () => ({ body: '<html>' })],
    [
      'calls itself another',
      () => ({ body: JSON.stringify({ issuer: 'https://evil.example', jwks_uri: 'https://evil.example/jwks' }) }),
    ],
    [
      'keeps its keys unencrypted elsewhere',
      (url) => ({ body: JSON.stringify({ issuer: url, jwks_uri: 'http://192.0.2.1/jwks' }) }),
    ],
    ['keeps its keys in a file', (url) => ({ body: JSON.stringify({ issuer: url, jwks_uri: 'file:///etc/passwd' }) })],
    ['sends one elsewhere', () => ({ status: 302, body: '', location: 'https://evil.example/' })],
    ['never ends', () => ({ body: `{"issuer":"${'x'.repeat(400_000)}"}` })],
  ])('is not believed: it %s', async (_name, answer) => {
    const server = createServer((_request, response) => {
      const { status = 200, body, location } = answer(url)
      response.writeHead(status, location === undefined ? {} : { location }).end(body)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await expect(createOidcProvider({ issuer: url })()).rejects.toThrow(IssuerFault)
  })

  it('is not asked over a line that anybody can change', async () => {
    await expect(createOidcProvider({ issuer: 'http://192.0.2.1' })()).rejects.toThrow('no https address')
  })
})
