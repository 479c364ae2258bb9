import { describe, expect, it } from 'vitest'
import { problemSchema } from '../../shared/protocol/problem.ts'
import { relayInfoSchema, type RelayInfo } from '../../shared/protocol/relay-info.ts'
import * as v from 'valibot'
import { createAccessTokens } from '../auth/access-token.ts'
import { createHostCheck } from '../auth/host.ts'
import { createTickets } from '../auth/ticket.ts'
import { createLogger } from '../logger.ts'
import { silentMetrics } from '../metrics.ts'
import { type Capacity } from '../transport/admission.ts'
import { type ReadinessReason } from './health.ts'
import { createRoutes, type RouteDeps } from './routes.ts'

const ORIGIN = 'chrome-extension://knfpaakmnadpbecgiplicddldlkfepni'
const SECRET = 'a secret of at least thirty-two characters'
const INFO: RelayInfo = {
  name: 'aside-relay',
  version: '0.1.0',
  protocols: ['aside.v1'],
  brain: 'local',
  model: 'local',
  engine: 'uws',
  pairing: 'local',
  limits: { textBytes: 131_072 },
}

interface Ask {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: string
  readonly remoteAddress?: string
}

function stage(changes: Partial<RouteDeps> = {}) {
  const tickets = createTickets()
  const accessTokens = createAccessTokens({ secrets: [SECRET] })
  const routes = createRoutes({
    isOwnHost: createHostCheck('127.0.0.1', undefined),
    allowedOrigins: new Set([ORIGIN]),
    accessTokens,
    tickets,
    capacity: () => 'open',
    readiness: () => Promise.resolve([]),
    metrics: silentMetrics(),
    logger: createLogger('silent', { write: () => undefined }),
    info: () => INFO,
    localUserName: 'You',
    ...changes,
  })
  function ask({ method = 'GET', path, headers = {}, body, remoteAddress = '127.0.0.1' }: Ask): Promise<Response> {
    const all: Record<string, string | undefined> = { host: '127.0.0.1:8787', ...headers }
    const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
    const request = new Request(`http://127.0.0.1:8787${path}`, {
      method,
      headers: sent,
      ...(body === undefined ? {} : { body }),
    })
    return routes(request, { remoteAddress })
  }
  const pair = (headers: Ask['headers'] = {}, more: Partial<Ask> = {}) =>
    ask({
      method: 'POST',
      path: '/v1/pair',
      body: '{}',
      headers: { 'content-type': 'application/json', ...headers },
      ...more,
    })
  const ticket = async (headers: Ask['headers'] = {}) => {
    const { accessToken } = await accessTokens.issue({ id: 'local', name: 'You' })
    return ask({ method: 'POST', path: '/v1/tickets', headers: { authorization: `Bearer ${accessToken}`, ...headers } })
  }
  return { ask, pair, ticket, tickets, accessTokens }
}

/** The parsed problem of a response, checked against what clients expect of one. */
async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const problem = v.parse(problemSchema, await response.json())
  expect(problem.status).toBe(response.status)
  expect(problem.detail).toMatch(/^[A-Z].*\.$/)
  return problem
}

describe('every route', () => {
  it('answers 421 under a name that is not the relay’s', async () => {
    const { ask } = stage()
    for (const path of ['/livez', '/readyz', '/v1/relay', '/v1/pair', '/v1/tickets', '/nowhere'])
      for (const host of ['evil.example', undefined]) {
        const response = await ask({ path, headers: { host } })
        expect((await problemOf(response)).code).toBe('wrong_host')
        expect(response.status).toBe(421)
      }
  })

  it('answers 403 to any other origin, unreadable for its page', async () => {
    const { ask } = stage()
    for (const origin of ['https://evil.example', 'null', `${ORIGIN}.evil`])
      for (const method of ['GET', 'OPTIONS']) {
        const response = await ask({ method, path: '/v1/relay', headers: { origin } })
        expect(response.status).toBe(403)
        expect(response.headers.get('access-control-allow-origin')).toBeNull()
        expect((await problemOf(response)).code).toBe('origin_not_allowed')
      }
  })

  it('may be read by the extension, and tells caches that it matters who asked', async () => {
    const { ask } = stage()
    for (const path of ['/livez', '/v1/relay', '/v1/tickets', '/nowhere']) {
      const response = await ask({ path, headers: { origin: ORIGIN } })
      expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN)
      expect(response.headers.get('vary')).toBe('Origin')
      const other = await ask({ path })
      expect(other.headers.get('access-control-allow-origin')).toBeNull()
      expect(other.headers.get('vary')).toBe('Origin')
    }
  })

  it('answers OPTIONS to the extension only', async () => {
    const { ask } = stage()
    const preflight = await ask({ method: 'OPTIONS', path: '/v1/tickets', headers: { origin: ORIGIN } })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
    expect((await ask({ method: 'OPTIONS', path: '/v1/tickets' })).status).toBe(403)
  })

  it('is 404 where there is none and 405 for another method', async () => {
    const { ask } = stage()
    for (const path of ['/', '/v1', '/v1/relay/', '/constructor', '/__proto__'])
      expect((await problemOf(await ask({ path }))).code).toBe('not_found')
    for (const [method, path] of [
      ['GET', '/v1/pair'],
      ['DELETE', '/v1/tickets'],
      ['POST', '/livez'],
      ['PUT', '/v1/relay'],
    ] as const) {
      const response = await ask({ method, path })
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toMatch(/GET|POST/)
      expect((await problemOf(response)).detail).toContain(method)
    }
  })
})

describe('health', () => {
  it('is alive, and ready when nothing speaks against it', async () => {
    const { ask } = stage()
    expect(await (await ask({ path: '/livez' })).json()).toEqual({ status: 'ok' })
    expect((await ask({ path: '/readyz' })).status).toBe(200)
    expect((await ask({ method: 'HEAD', path: '/readyz' })).status).toBe(200)
  })

  it('is alive but not ready while it drains', async () => {
    const reasons: ReadinessReason[] = ['draining', 'upstream']
    const { ask } = stage({ readiness: () => Promise.resolve(reasons) })
    expect((await ask({ path: '/livez' })).status).toBe(200)
    const response = await ask({ path: '/readyz' })
    expect(response.status).toBe(503)
    expect(await response.clone().json()).toMatchObject({ reasons })
    expect((await problemOf(response)).detail).toContain('it is restarting, the brain does not answer')
  })

  it('says who it is', async () => {
    const response = await stage().ask({ path: '/v1/relay?x=1' })
    expect(v.parse(relayInfoSchema, await response.json())).toEqual(INFO)
  })
})

describe('POST /v1/pair', () => {
  it('gives the user local an access token', async () => {
    const { pair, accessTokens } = stage()
    for (const headers of [{}, { origin: ORIGIN }]) {
      const response = await pair(headers)
      expect(response.status).toBe(200)
      expect(response.headers.get('cache-control')).toBe('no-store')
      const body = (await response.json()) as { accessToken: string }
      expect(body).toEqual({
        accessToken: expect.any(String) as string,
        expiresIn: 900,
        user: { id: 'local', name: 'You' },
      })
      expect(await accessTokens.verify(body.accessToken)).toMatchObject({ ok: true, user: { id: 'local' } })
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
    const { ticket, tickets } = stage()
    const response = await ticket({ origin: ORIGIN })
    expect(response.status).toBe(200)
    const body = (await response.json()) as { ticket: string }
    expect(body).toEqual({ ticket: expect.any(String) as string, expiresIn: 30, url: 'ws://127.0.0.1:8787/v1/live' })
    expect(tickets.take(body.ticket, ORIGIN)).toEqual({ id: 'local', name: 'You' })
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
    const { accessToken } = await old.issue({ id: 'local', name: 'You' })
    const authorization = `bearer ${accessToken}`
    const response = await stage().ask({ method: 'POST', path: '/v1/tickets', headers: { authorization } })
    expect(response.status).toBe(401)
    expect((await problemOf(response)).code).toBe('token_expired')
  })

  it.each<[Capacity, boolean, number, string]>([
    ['full', false, 503, 'full'],
    ['draining', false, 503, 'draining'],
    ['user_full', true, 429, 'too_many_sessions'],
  ])('gives every reason that will refuse the socket: %s', async (capacity, ofUser, status, code) => {
    const { ticket } = stage({ capacity: (user) => (ofUser === (user !== undefined) ? capacity : 'open') })
    const response = await ticket()
    expect(response.status).toBe(status)
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
    expect((await problemOf(response)).code).toBe(code)
  })

  it('answers 503 when too many tickets wait', async () => {
    const { ticket } = stage({ tickets: createTickets({ maxTickets: 1 }) })
    expect((await ticket()).status).toBe(200)
    const response = await ticket()
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('30')
  })
})
