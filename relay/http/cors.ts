/** How long a browser may remember the answer to a preflight, seconds; Chrome's own most is two hours. */
const PREFLIGHT_AGE_S = 600

/** Answers the preflight of an allowed origin. @param methods of the path */
export function preflight(methods: readonly string[]): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-max-age': String(PREFLIGHT_AGE_S),
    },
  })
}

/** Lets an allowed origin read a response, and tells caches that the origin matters either way. */
export function allowOrigin(response: Response, origin: string | undefined): Response {
  response.headers.set('vary', 'Origin')
  response.headers.set('x-content-type-options', 'nosniff')
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store')
  if (origin === undefined) return response
  response.headers.set('access-control-allow-origin', origin)
  response.headers.set('access-control-expose-headers', 'retry-after')
  return response
}
