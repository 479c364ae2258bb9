import { expect } from 'vitest'
import * as v from 'valibot'
import { problemSchema } from '../../shared/protocol/problem.ts'
import { type RelayInfo } from '../../shared/protocol/relay-info.ts'
import { createAuthority, type AuthorityOptions } from '../auth/authority.ts'
import { createHostCheck } from '../auth/host.ts'
import { type Identity } from '../auth/identity.ts'
import { limitRates } from '../auth/limits.ts'
import { createLogger } from '../logger.ts'
import { silentMetrics } from '../metrics.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { type Store } from '../store/store.ts'
import { createRoutes, type RouteDeps } from './routes.ts'

const SILENT = createLogger('silent', { write: () => undefined })

export const ORIGIN = 'chrome-extension://knfpaakmnadpbecgiplicddldlkfepni'
export const SECRET = 'a secret of at least thirty-two characters'
export const INFO: RelayInfo = {
  name: 'aside-relay',
  version: '0.1.0',
  protocols: ['aside.v1'],
  brain: 'local',
  model: 'local',
  models: [{ name: 'local', voices: ['Kore'], unsupported: ['persona'] }],
  engine: 'uws',
  pairing: 'local',
  limits: { textBytes: 131_072 },
}

export interface Ask {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: string
  readonly remoteAddress?: string
}

export const ME: Identity = { user: { id: 'local', name: 'You' }, deviceId: 'device-1' }

/** All routes over a store in memory, without a socket. @param store instead of a new one */
export function stageRoutes(
  changes: Partial<RouteDeps> = {},
  store: Store = createMemoryStore({ logger: SILENT }),
  authorityChanges: Partial<AuthorityOptions> = {},
) {
  const unexpected = (error: unknown) => {
    throw error
  }
  const authority = createAuthority({
    secrets: [SECRET],
    store,
    pairing: { kind: 'local' },
    trustedProxies: [],
    rates: limitRates(2),
    onTrouble: unexpected,
    ...authorityChanges,
  })
  const routes = createRoutes({
    isOwnHost: createHostCheck('127.0.0.1', undefined),
    allowedOrigins: new Set([ORIGIN]),
    authority,
    capacity: () => Promise.resolve('open'),
    readiness: () => Promise.resolve([]),
    metrics: silentMetrics(),
    logger: SILENT,
    info: () => INFO,
    store,
    speakSample: () => Promise.reject(new Error('nobody tries a voice here')),
    dailyLimits: {},
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
  const ticket = async (headers: Ask['headers'] = {}, body?: string) => {
    const { accessToken } = await authority.accessTokens.issue(ME)
    const authorization = `Bearer ${accessToken}`
    const asked = { method: 'POST', path: '/v1/tickets', headers: { authorization, ...headers } }
    return ask(body === undefined ? asked : { ...asked, body })
  }
  return { ask, pair, ticket, authority, store }
}

/** The parsed problem of a response, checked against what clients expect of one. */
export async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const problem = v.parse(problemSchema, await response.json())
  expect(problem.status).toBe(response.status)
  expect(problem.detail).toMatch(/^[A-Z].*\.$/)
  return problem
}
