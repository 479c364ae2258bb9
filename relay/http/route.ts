/** What a route is asked with, after the checks that concern every route. */
export interface RouteContext {
  readonly request: Request
  /** Of the peer as the engine saw it: a proxy's, where one stands in front. */
  readonly remoteAddress: string
  /** Whose request it is, also behind the operator's proxies. */
  readonly clientAddress: string
  /** An allowed one, or none. */
  readonly origin: string | undefined
}

/** Answers one method of one path. */
export type Route = (context: RouteContext) => Response | Promise<Response>

/** Methods of each path; HEAD is answered as GET. */
export type RouteTable = Readonly<Record<string, Readonly<Partial<Record<'GET' | 'POST', Route>>>>>
