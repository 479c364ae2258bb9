import { type Authority } from '../auth/authority.ts'
import { type IsOwnHost } from '../auth/host.ts'
import { isOriginAcceptable } from '../auth/origin.ts'
import { type RelayInfo } from '../../shared/protocol/relay-info.ts'
import { type SpeakSample } from '../session/metered-sample.ts'
import { type DailyLimits } from '../session/usage-day.ts'
import { StoreError } from '../store/key-value.ts'
import { type Store } from '../store/store.ts'
import { STORE_UNAVAILABLE, WRONG_HOST, WRONG_ORIGIN, type AdmissionDeps } from '../transport/admission.ts'
import { problemResponse } from '../transport/problem.ts'
import { forBearer, type BearerRoute } from './bearer.ts'
import { deleteRoute, listRoute, readRoute } from './conversations.ts'
import { allowOrigin } from './cors.ts'
import { tellDeletedOn } from './deleted.ts'
import { liveRoute, readyRoute, type ReadinessReason } from './health.ts'
import { limited, refuseForAddress, type LimitDeps } from './limited.ts'
import { logoutRoute } from './logout.ts'
import { deleteDataRoute } from './me.ts'
import { pairRoute } from './pairing.ts'
import { createRequestLog, type RequestLogDeps } from './request-log.ts'
import { matchPath, routeFor, type PathMatch } from './route-table.ts'
import { type Route, type RouteContext, type RouteTable } from './route.ts'
import { ticketsRoute } from './tickets.ts'
import { tokenRoute } from './token.ts'
import { usageRoute } from './usage.ts'
import { previewRoute } from './voice-preview.ts'

export interface RouteDeps extends RequestLogDeps {
  readonly metrics: RequestLogDeps['metrics'] & LimitDeps['metrics']
  readonly isOwnHost: IsOwnHost
  readonly allowedOrigins: ReadonlySet<string>
  readonly authority: Authority
  readonly capacity: AdmissionDeps['capacity']
  /** Why the relay is not ready; empty when it is. */
  readonly readiness: () => Promise<readonly ReadinessReason[]>
  readonly info: () => RelayInfo
  readonly speakSample: SpeakSample
  readonly store: Pick<Store, 'journal' | 'bus'>
  /** What a user may use on one day. */
  readonly dailyLimits: DailyLimits
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
    '/v1/voices/preview': { POST: forBearer(authority, previewRoute({ ...deps, ...authority })) },
    ...userRoutes(deps),
  }

  const log = createRequestLog(deps)

  async function answer(request: Request, match: PathMatch | undefined, remoteAddress: string): Promise<Response> {
    if (!deps.isOwnHost(request.headers.get('host') ?? undefined)) return problemResponse(WRONG_HOST)
    const origin = request.headers.get('origin') ?? undefined
    if (!isOriginAcceptable(deps.allowedOrigins, origin)) return problemResponse(WRONG_ORIGIN)
    const clientAddress = authority.clientAddress(remoteAddress, request.headers.get('x-forwarded-for'))
    const isUnlimited = match !== undefined && UNLIMITED.has(match.pattern)
    const refusal = isUnlimited ? undefined : await refuseForAddress(limits, 'requests', clientAddress)
    if (refusal !== undefined) return allowOrigin(problemResponse(refusal), origin)
    const route = routeFor(match, request.method, origin)
    const params = match?.params ?? {}
    return allowOrigin(await answerOrSayWhy(route, { request, remoteAddress, clientAddress, origin, params }), origin)
  }

  return async (request, { remoteAddress }) => {
    const startedAtMs = performance.now()
    const match = matchPath(table, new URL(request.url).pathname)
    const response = await answer(request, match, remoteAddress)
    log.answered(request.method, match?.pattern ?? 'other', response, startedAtMs)
    return response
  }
}

/** What is kept of a user, for that user alone. */
function userRoutes({ authority, store, dailyLimits, logger }: RouteDeps): RouteTable {
  const { journal } = store
  const tellDeleted = tellDeletedOn(store.bus, logger)
  const mine = (route: BearerRoute) => forBearer(authority, route)
  return {
    '/v1/conversations': { GET: mine(listRoute(journal)) },
    '/v1/conversations/:id': { GET: mine(readRoute(journal)), DELETE: mine(deleteRoute(journal, tellDeleted)) },
    '/v1/usage': { GET: mine(usageRoute(journal, dailyLimits)) },
    '/v1/me/data': { DELETE: mine(deleteDataRoute(journal, tellDeleted)) },
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
