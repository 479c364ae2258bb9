/** What a route is asked with, after the checks that concern every route. */
export interface RouteContext {
  readonly request: Request
  /** Of the peer as the engine saw it: a proxy's, where one stands in front. */
  readonly remoteAddress: string
  /** Whose request it is, also behind the operator's proxies. */
  readonly clientAddress: string
  /** An allowed one, or none. */
  readonly origin: string | undefined
  /** What stands in the path for each `:name` of the route's pattern, decoded. */
  readonly params: PathParams
}

export type PathParams = Readonly<Record<string, string>>

/** Answers one method of one path. */
export type Route = (context: RouteContext) => Response | Promise<Response>

/** HEAD is answered as GET. */
export type RouteMethods = Readonly<Partial<Record<'GET' | 'POST' | 'PUT' | 'DELETE', Route>>>

/** Methods of each path; `/v1/conversations/:id` stands for any one segment. */
export type RouteTable = Readonly<Record<string, RouteMethods>>
