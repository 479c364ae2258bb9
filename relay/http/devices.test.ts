import { describe, expect, it } from 'vitest'
import { type TokenPair } from '../auth/sign-in.ts'
import { StoreError } from '../store/key-value.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { createLogger } from '../logger.ts'
import { type Store } from '../store/store.ts'
import { ORIGIN, problemOf, stageRoutes } from './routes-stage.ts'

function stage(...args: Parameters<typeof stageRoutes>) {
  const routes = stageRoutes(...args)
  const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    routes.ask({ method: 'POST', path, body: JSON.stringify(body), headers })
  const bearer = ({ accessToken }: TokenPair) => ({ authorization: `Bearer ${accessToken}` })
  const paired = async () => (await (await routes.pair()).json()) as TokenPair
  return { ...routes, post, bearer, paired }
}

describe('POST /v1/token', () => {
  it('answers a fresh pair for the same device, the same one again while it is unused', async () => {
    const { post, paired, authority } = stage()
    const first = await paired()
    const response = await post('/v1/token', { refreshToken: first.refreshToken })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const second = (await response.json()) as TokenPair
    expect(second).toEqual({
      accessToken: expect.any(String) as string,
      expiresIn: 900,
      refreshToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as string,
      user: first.user,
    })
    const again = (await (await post('/v1/token', { refreshToken: first.refreshToken })).json()) as TokenPair
    expect(again.refreshToken).toBe(second.refreshToken)
    const devices = await Promise.all(
      [first, second, again].map(({ accessToken }) => authority.accessTokens.verify(accessToken)),
    )
    expect(new Set(devices.map((check) => check.ok && check.identity.deviceId)).size).toBe(1)
  })

  it('ends the device when a token comes back whose successor was used', async () => {
    const { post, paired, bearer } = stage()
    const first = await paired()
    const second = (await (await post('/v1/token', { refreshToken: first.refreshToken })).json()) as TokenPair
    const third = (await (await post('/v1/token', { refreshToken: second.refreshToken })).json()) as TokenPair
    const reused = await post('/v1/token', { refreshToken: first.refreshToken })
    expect(reused.status).toBe(401)
    expect((await problemOf(reused)).code).toBe('refresh_token_reused')
    for (const { refreshToken } of [first, second, third]) {
      const refused = await post('/v1/token', { refreshToken })
      expect((await problemOf(refused)).code).toBe('refresh_token_not_valid')
    }
    // At once, also with an access token that has minutes to go.
    for (const tokens of [first, second, third])
      expect((await post('/v1/tickets', {}, bearer(tokens))).status).toBe(401)
  })

  it.each<[unknown, number, string]>([
    [{ refreshToken: 'A'.repeat(43) }, 401, 'refresh_token_not_valid'],
    [{ refreshToken: 'x' }, 401, 'refresh_token_not_valid'],
    [{ refreshToken: '' }, 400, 'bad_request'],
    [{ refreshToken: 1 }, 400, 'bad_request'],
    [{}, 400, 'bad_request'],
  ])('refuses %j', async (body, status, code) => {
    const response = await stage().post('/v1/token', body)
    expect(response.status).toBe(status)
    expect((await problemOf(response)).code).toBe(code)
  })
})

describe('POST /v1/logout', () => {
  it('ends this device at once, and no other', async () => {
    const { post, paired, bearer, authority } = stage()
    const [laptop, phone] = [await paired(), await paired()]
    const heard: string[] = []
    authority.revocation.onRevoked((deviceId) => heard.push(deviceId))
    const response = await post('/v1/logout', {}, bearer(laptop))
    expect(response.status).toBe(204)
    expect(heard).toHaveLength(1)
    const refused = await post('/v1/tickets', {}, bearer(laptop))
    expect(refused.status).toBe(401)
    expect((await problemOf(refused)).code).toBe('device_revoked')
    expect((await post('/v1/token', { refreshToken: laptop.refreshToken })).status).toBe(401)
    expect((await post('/v1/tickets', {}, bearer(phone))).status).toBe(200)
  })

  it('is for those who are somebody', async () => {
    expect((await stage().post('/v1/logout', {})).status).toBe(401)
  })
})

describe('pairing by code', () => {
  const byCode = () => stage({}, undefined, { pairing: { kind: 'code' } })
  async function codeOf({ authority }: ReturnType<typeof byCode>, user = 'Ada', device?: string) {
    if (authority.pairing.kind !== 'code') throw new Error('not by code')
    return (await authority.pairing.codes.make(user, device)).code
  }

  it('lets in who has one, once, from anywhere', async () => {
    const s = byCode()
    const code = await codeOf(s)
    const response = await s.pair(
      { 'x-forwarded-for': '1.2.3.4' },
      { body: JSON.stringify({ code }), remoteAddress: '10.0.0.5' },
    )
    expect(response.status).toBe(200)
    const tokens = (await response.json()) as TokenPair
    expect(tokens.user).toEqual({ id: expect.stringMatching(/^code:/) as string, name: 'Ada' })
    expect((await s.post('/v1/tickets', {}, s.bearer(tokens))).status).toBe(200)
    const again = await s.pair({}, { body: JSON.stringify({ code }) })
    expect(again.status).toBe(403)
    expect((await problemOf(again)).code).toBe('code_not_valid')
  })

  it('gives one of many who come with the same code at once their tokens', async () => {
    const s = stage({}, undefined, {
      pairing: { kind: 'code' },
      rates: { pair: 1000, tickets: 1000, token: 1000, previews: 1000, requests: 1000 },
    })
    const code = await codeOf(s)
    const answers = await Promise.all(Array.from({ length: 100 }, () => s.pair({}, { body: JSON.stringify({ code }) })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(99)
  })

  it('knows the same name as the same user', async () => {
    const s = byCode()
    const users = []
    for (const name of ['Ada', ' ada ', 'Grace']) {
      const body = JSON.stringify({ code: await codeOf(s, name) })
      users.push(((await (await s.pair({}, { body })).json()) as TokenPair).user.id)
    }
    expect(users[0]).toBe(users[1])
    expect(users[0]).not.toBe(users[2])
  })

  it.each<[unknown, number, string]>([
    [{}, 400, 'code_needed'],
    [{ code: '' }, 403, 'code_not_valid'],
    [{ code: 'AAAA-AAAA' }, 403, 'code_not_valid'],
    [{ code: 12_345_678 }, 400, 'bad_request'],
    [{ idToken: 'x' }, 400, 'code_needed'],
  ])('refuses %j', async (body, status, code) => {
    const response = await byCode().pair({}, { body: JSON.stringify(body) })
    expect(response.status).toBe(status)
    expect((await problemOf(response)).code).toBe(code)
  })

  it('is not guessed: after ten tries within a minute an address has to wait', async () => {
    const s = byCode()
    const code = await codeOf(s)
    const guess = () => s.pair({}, { body: '{"code":"AAAA-AAAA"}', remoteAddress: '192.0.2.1' })
    for (let count = 0; count < 10; count++) expect((await guess()).status).toBe(403)
    const limited = await guess()
    expect(limited.status).toBe(429)
    expect(limited.headers.get('retry-after')).toMatch(/^([1-9]|[1-5]\d|60)$/)
    expect((await problemOf(limited)).code).toBe('too_many_requests')
    // Nor does the right one help now; from elsewhere it does.
    const right = { body: JSON.stringify({ code }) }
    expect((await s.pair({}, { ...right, remoteAddress: '192.0.2.1' })).status).toBe(429)
    expect((await s.pair({}, { ...right, remoteAddress: '192.0.2.2' })).status).toBe(200)
  })
})

describe('limits', () => {
  const rates = { pair: 2, tickets: 3, token: 2, previews: 2, requests: 6 }

  it('count by address, also by the one a proxy of ours names, and never by one that anybody names', async () => {
    const s = stage({}, undefined, {
      rates,
      trustedProxies: [{ address: '10.0.0.0', prefixBits: 8, family: 'ipv4' }],
    })
    const ask = (remoteAddress: string, forwardedFor: string) =>
      s.ask({ path: '/v1/relay', remoteAddress, headers: { 'x-forwarded-for': forwardedFor, origin: ORIGIN } })
    for (let count = 0; count < 6; count++)
      expect((await ask('10.0.0.1', `9.9.9.${count}, 192.0.2.1`)).status).toBe(200)
    const limited = await ask('10.0.0.2', '192.0.2.1')
    expect(limited.status).toBe(429)
    // The extension can read why.
    expect(limited.headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect((await ask('10.0.0.1', '192.0.2.2')).status).toBe(200)
    for (let count = 0; count < 6; count++) expect((await ask('192.0.2.3', `9.9.9.${count}`)).status).toBe(200)
    expect((await ask('192.0.2.3', '9.9.9.9')).status).toBe(429)
  })

  it('leave probes alone', async () => {
    const { ask } = stage({}, undefined, { rates })
    for (let count = 0; count < 20; count++)
      for (const path of ['/livez', '/readyz']) expect((await ask({ path })).status).toBe(200)
  })

  it('count tickets by user too, from wherever they are asked for', async () => {
    const s = stage({}, undefined, { rates })
    const tokens = await s.paired()
    const ask = (host: number) =>
      s.ask({ method: 'POST', path: '/v1/tickets', headers: s.bearer(tokens), remoteAddress: `192.0.2.${host}` })
    for (let host = 1; host <= 3; host++) expect((await ask(host)).status).toBe(200)
    expect((await ask(4)).status).toBe(429)
  })

  it('count what is asked of the token route by address', async () => {
    const { post } = stage({}, undefined, { rates })
    for (let count = 0; count < 2; count++) expect((await post('/v1/token', { refreshToken: 'x' })).status).toBe(401)
    expect((await post('/v1/token', { refreshToken: 'x' })).status).toBe(429)
  })
})

describe('while the store does not answer', () => {
  /** A store whose records are out of reach. */
  function away(): Store {
    const store = createMemoryStore({ logger: createLogger('silent', { write: () => undefined }) })
    const fail = () => Promise.reject(new StoreError('away'))
    return { ...store, keyValue: { get: fail, set: fail, delete: fail } }
  }

  it('nobody is told that they are signed in, out, or known', async () => {
    const s = stage({}, away())
    const { accessToken } = await s.authority.accessTokens.issue({ user: { id: 'local', name: 'You' }, deviceId: 'd' })
    const headers = { authorization: `Bearer ${accessToken}` }
    const answers = [
      await s.pair(),
      await s.post('/v1/token', { refreshToken: 'A'.repeat(43) }),
      await s.post('/v1/logout', {}, headers),
      await s.post('/v1/tickets', {}, headers),
    ]
    for (const response of answers) {
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toBe('2')
      expect((await problemOf(response)).code).toBe('store_unavailable')
    }
  })
})
