import { type Authority } from '../auth/authority.ts'
import { type IsOwnHost } from '../auth/host.ts'
import { isOriginAcceptable } from '../auth/origin.ts'
import { type RelayInfo } from '../../shared/protocol/relay-info.ts'
import { StoreError } from '../store/key-value.ts'
import { NOT_FOUND, STORE_UNAVAILABLE, WRONG_HOST, WRONG_ORIGIN, type AdmissionDeps } from '../transport/admission.ts'
import { problemResponse } from '../transport/problem.ts'
import { forBearer } from './bearer.ts'
import { allowOrigin, preflight } from './cors.ts'
import { liveRoute, readyRoute, type ReadinessReason } from './health.ts'
import { limited, refuseForAddress, type LimitDeps } from './limited.ts'
import { logoutRoute } from './logout.ts'
import { pairRoute } from './pairing.ts'
import { createRequestLog, type RequestLogDeps } from './request-log.ts'
import { type Route, type RouteContext, type RouteTable } from './route.ts'
import { ticketsRoute } from './tickets.ts'
import { tokenRoute } from './token.ts'

export interface RouteDeps extends RequestLogDeps {
  readonly metrics: RequestLogDeps['metrics'] & LimitDeps['metrics']
  readonly isOwnHost: IsOwnHost
  readonly allowedOrigins: ReadonlySet<string>
  readonly authority: Authority
  readonly capacity: AdmissionDeps['capacity']
  /** Why the relay is not ready; empty when it is. */
  readonly readiness: () => Promise<readonly ReadinessReason[]>
  readonly info: () => RelayInfo
  /** `ASIDE_PUBLIC_URL`: the address of tickets is built from it, else from the request's own `Host`. */
  readonly publicUrl?: string
  /** What people read where the user `local` is named. */
  readonly localUserName: string
}

/** Load balancers ask these all the time, and often from the address that the clients seem to have. */
const UNLIMITED: ReadonlySet<string> = new Set(['/livez', '/readyz'])

/** The relay's HTTP interface (docs/protocol.md §1) as one function on web-standard types. */
export function createRoutes(
  deps: RouteDeps,
): (request: Request, peer: { readonly remoteAddress: string }) => Promise<Response> {
  const { authority, metrics } = deps
  const { signIn } = authority
  const limits = { limits: authority.limits, metrics }
  const table: RouteTable = {
    '/livez': { GET: liveRoute },
    '/readyz': { GET: readyRoute(deps.readiness) },
    '/v1/relay': { GET: () => Response.json(deps.info()) },
    '/v1/pair': { POST: limited(limits, 'pair', pairRoute({ ...deps, ...authority })) },
    '/v1/token': { POST: limited(limits, 'token', tokenRoute(signIn)) },
    '/v1/logout': { POST: forBearer(authority, logoutRoute(signIn)) },
    '/v1/tickets': { POST: limited(limits, 'tickets', forBearer(authority, ticketsRoute({ ...deps, ...authority }))) },
  }

  const log = createRequestLog(deps)

  async function answer(request: Request, pathname: string, remoteAddress: string): Promise<Response> {
    if (!deps.isOwnHost(request.headers.get('host') ?? undefined)) return problemResponse(WRONG_HOST)
    const origin = request.headers.get('origin') ?? undefined
    if (!isOriginAcceptable(deps.allowedOrigins, origin)) return problemResponse(WRONG_ORIGIN)
    const clientAddress = authority.clientAddress(remoteAddress, request.headers.get('x-forwarded-for'))
    const refusal = UNLIMITED.has(pathname) ? undefined : await refuseForAddress(limits, 'requests', clientAddress)
    if (refusal !== undefined) return allowOrigin(problemResponse(refusal), origin)
    const route = findRoute(table, request, pathname, origin)
    return allowOrigin(await answerOrSayWhy(route, { request, remoteAddress, clientAddress, origin }), origin)
  }

  return async (request, { remoteAddress }) => {
    const startedAtMs = performance.now()
    const { pathname } = new URL(request.url)
    const response = await answer(request, pathname, remoteAddress)
    log.answered(request.method, Object.hasOwn(table, pathname) ? pathname : 'other', response, startedAtMs)
    return response
  }
}

/** Whatever a route needed the store for is not done, and not said to be. */
async function answerOrSayWhy(route: Route, context: RouteContext): Promise<Response> {
  try {
    return await route(context)
  } catch (error) {
    if (error instanceof StoreError) return problemResponse(STORE_UNAVAILABLE)
    throw error
  }
}

function findRoute(table: RouteTable, request: Request, pathname: string, origin: string | undefined): Route {
  const routes = Object.hasOwn(table, pathname) ? table[pathname] : undefined
  if (routes === undefined) return () => problemResponse(NOT_FOUND)
  const methods = Object.keys(routes)
  switch (request.method) {
    case 'OPTIONS':
      return () => (origin === undefined ? problemResponse(WRONG_ORIGIN) : preflight(methods))
    case 'GET':
    case 'HEAD':
      return routes.GET ?? methodNotAllowed(methods)
    case 'POST':
      return routes.POST ?? methodNotAllowed(methods)
    default:
      return methodNotAllowed(methods)
  }
}

function methodNotAllowed(methods: readonly string[]): Route {
  return ({ request }) =>
    problemResponse({
      status: 405,
      code: 'method_not_allowed',
      detail: `This address does not answer ${request.method}; it answers ${methods.join(' and ')}.`,
      headers: { allow: [...methods, 'OPTIONS'].join(', ') },
    })
}
