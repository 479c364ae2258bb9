import { NOT_FOUND, WRONG_ORIGIN } from '../transport/admission.ts'
import { problemResponse } from '../transport/problem.ts'
import { preflight } from './cors.ts'
import { type PathParams, type Route, type RouteMethods, type RouteTable } from './route.ts'

export interface PathMatch {
  /** As it stands in the table: safe for logs and metrics, where a path is not. */
  readonly pattern: string
  readonly methods: RouteMethods
  readonly params: PathParams
}

export function matchPath(table: RouteTable, pathname: string): PathMatch | undefined {
  const exact = Object.hasOwn(table, pathname) ? table[pathname] : undefined
  if (exact !== undefined) return { pattern: pathname, methods: exact, params: {} }
  for (const [pattern, methods] of Object.entries(table)) {
    const params = paramsOf(pattern, pathname)
    if (params !== undefined) return { pattern, methods, params }
  }
  return undefined
}

/** @returns what answers a request; where nothing does, a route that says so */
export function routeFor(match: PathMatch | undefined, method: string, origin: string | undefined): Route {
  if (match === undefined) return () => problemResponse(NOT_FOUND)
  const { methods } = match
  const names = Object.keys(methods)
  switch (method) {
    case 'OPTIONS':
      return () => (origin === undefined ? problemResponse(WRONG_ORIGIN) : preflight(names))
    case 'HEAD':
      return methods.GET ?? methodNotAllowed(names)
    case 'GET':
    case 'POST':
    case 'PUT':
    case 'DELETE':
      return methods[method] ?? methodNotAllowed(names)
    default:
      return methodNotAllowed(names)
  }
}

/** @param pattern such as `/v1/conversations/:id`; a parameter stands for one segment, which is not empty */
function paramsOf(pattern: string, pathname: string): PathParams | undefined {
  const names = pattern.split('/')
  const segments = pathname.split('/')
  if (!pattern.includes(':') || names.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, name] of names.entries()) {
    const segment = segments[index] ?? ''
    if (!name.startsWith(':')) {
      if (name !== segment) return undefined
      continue
    }
    const value = decoded(segment)
    if (value === undefined || value === '') return undefined
    params[name.slice(1)] = value
  }
  return params
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
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
