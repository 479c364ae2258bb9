import { describe, expect, it } from 'vitest'
import { createAccessTokens } from '../auth/access-token.ts'
import { type Capacity } from '../transport/admission.ts'
import { ME, ORIGIN, problemOf, SECRET, stageRoutes as stage, type Ask } from './routes-stage.ts'

describe('POST /v1/pair', () => {
  it('gives the user local an access token', async () => {
    const { pair, authority } = stage()
    for (const headers of [{}, { origin: ORIGIN }]) {
      const response = await pair(headers)
      expect(response.status).toBe(200)
      expect(response.headers.get('cache-control')).toBe('no-store')
      const body = (await response.json()) as { accessToken: string }
      expect(body).toEqual({
        accessToken: expect.any(String) as string,
        expiresIn: 900,
        refreshToken: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/) as string,
        user: { id: 'local', name: 'You' },
      })
      expect(await authority.accessTokens.verify(body.accessToken)).toMatchObject({
        ok: true,
        identity: { user: { id: 'local' } },
      })
    }
  })

  it.each<[string, Record<string, string>, Partial<Ask>, number, RegExp]>([
    ['another machine', {}, { remoteAddress: '10.0.0.5' }, 403, /on the machine where the relay runs/],
    ['a proxy', { 'x-forwarded-for': '1.2.3.4' }, {}, 403, /proxy/],
    ['a form of a web page', { 'content-type': 'text/plain' }, {}, 415, /application\/json/],
    ['a browser without an origin', { 'sec-fetch-site': 'cross-site' }, {}, 403, /Only the Aside extension/],
    ['a body that is not JSON', {}, { body: 'nonsense' }, 400, /body/],
    ['a body that is no object', {}, { body: '[]' }, 400, /body/],
    ['an empty body', {}, { body: '' }, 400, /body/],
    ['a wrong field', {}, { body: '{"device":1}' }, 400, /device/],
  ])('refuses %s', async (_name, headers, more, status, sentence) => {
    const response = await stage().pair(headers, more)
    expect(response.status).toBe(status)
    expect((await problemOf(response)).detail).toMatch(sentence)
  })
})

describe('POST /v1/tickets', () => {
  it('gives a ticket for the socket, good for the origin that asked', async () => {
    const { ticket, authority } = stage()
    const response = await ticket({ origin: ORIGIN })
    expect(response.status).toBe(200)
    const body = (await response.json()) as { ticket: string }
    expect(body).toEqual({ ticket: expect.any(String) as string, expiresIn: 30, url: 'ws://127.0.0.1:8787/v1/live' })
    expect(await authority.tickets.take(body.ticket, ORIGIN)).toEqual({ identity: ME })
  })

  it('names the public address where there is one', async () => {
    const { ticket } = stage({ publicUrl: 'https://aside.example' })
    expect(await (await ticket()).json()).toMatchObject({ url: 'wss://aside.example/v1/live' })
  })

  it.each([undefined, '', 'Basic abc', 'Bearer', 'Bearer ', 'Bearer a b', 'Bearer not-a-token', 'Bearer a.b.c'])(
    'answers 401 to the authorization %j',
    async (authorization) => {
      const response = await stage().ask({ method: 'POST', path: '/v1/tickets', headers: { authorization } })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
      expect((await problemOf(response)).code).toBe('not_authorised')
    },
  )

  it('tells an expired token from a wrong one', async () => {
    const old = createAccessTokens({ secrets: [SECRET], now: () => Date.now() - 3_600_000 })
    const { accessToken } = await old.issue(ME)
    const authorization = `bearer ${accessToken}`
    const response = await stage().ask({ method: 'POST', path: '/v1/tickets', headers: { authorization } })
    expect(response.status).toBe(401)
    expect((await problemOf(response)).code).toBe('token_expired')
  })

  it.each<[Capacity, boolean, number, string]>([
    ['full', false, 503, 'full'],
    ['draining', false, 503, 'draining'],
    ['user_full', true, 429, 'too_many_sessions'],
    ['quota', true, 429, 'quota_spent'],
    ['store', true, 503, 'store_unavailable'],
  ])('gives every reason that will refuse the socket: %s', async (capacity, ofUser, status, code) => {
    const { ticket } = stage({
      capacity: (identity) => Promise.resolve(ofUser === (identity !== undefined) ? capacity : 'open'),
    })
    const response = await ticket()
    expect(response.status).toBe(status)
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
    expect((await problemOf(response)).code).toBe(code)
  })

  it('asks for room for the conversation somebody comes back to', async () => {
    const { ticket } = stage({
      capacity: (_identity, resume) => Promise.resolve(resume === 'c1' ? 'open' : 'user_full'),
    })
    expect((await ticket({}, '{}')).status).toBe(429)
    expect((await ticket({}, '{"resume":"c2"}')).status).toBe(429)
    expect((await ticket({}, '{"resume":""}')).status).toBe(400)
    expect((await ticket({}, 'nonsense')).status).toBe(400)
  })
})
