/** Where a client knocked and what it showed at the door. */
export interface Endpoint {
  /** `any`: the bare address, which the SDK uses for Vertex through a proxy. */
  readonly backend: 'gemini' | 'vertex' | 'any'
  readonly version: string
  /** The method for auth tokens. */
  readonly constrained: boolean
  readonly credential: string | undefined
}

/** The SDK writes two slashes in front of `ws`; a base URL with a path puts that path there. */
const GEMINI_PATH =
  /\/ws\/google\.ai\.generativelanguage\.(v1|v1beta|v1alpha)\.GenerativeService\.BidiGenerateContent(Constrained)?$/
const VERTEX_PATH = /\/ws\/google\.cloud\.aiplatform\.(v1|v1beta1)\.LlmBidiService\/BidiGenerateContent$/

interface KnockingRequest {
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** @returns undefined for a path that is no Live method */
export function findEndpoint(request: KnockingRequest): Endpoint | undefined {
  const { path, query } = splitUrl(request.url)
  const [, version, suffix] = GEMINI_PATH.exec(path) ?? []
  const constrained = suffix !== undefined
  const credential = credentialOf(query, request.headers, constrained)
  if (version !== undefined) return { backend: 'gemini', version, constrained, credential }
  const [, vertexVersion] = VERTEX_PATH.exec(path) ?? []
  if (vertexVersion !== undefined) return { backend: 'vertex', version: vertexVersion, constrained: false, credential }
  return /^\/*$/.test(path) ? { backend: 'any', version: 'v1beta1', constrained: false, credential } : undefined
}

/** Whether the path is `POST /{version}/auth_tokens`. */
export function isTokenPath(url: string | undefined): boolean {
  return /\/(?:v1|v1beta|v1alpha)\/auth_tokens$/.test(splitUrl(url).path)
}

/** @returns the key or token of an HTTP request or an upgrade */
export function credentialOfRequest(request: KnockingRequest): string | undefined {
  return credentialOf(splitUrl(request.url).query, request.headers, false)
}

/** A real `URL` would take the leading `//` for a host. */
function splitUrl(url = '/'): { readonly path: string; readonly query: URLSearchParams } {
  const mark = url.indexOf('?')
  return mark < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark)) }
}

/** The method for auth tokens does not look where API keys are. */
function credentialOf(
  query: URLSearchParams,
  headers: KnockingRequest['headers'],
  tokensOnly: boolean,
): string | undefined {
  const authorization = one(headers['authorization'])
  const [, bearer] = /^(?:Bearer|Token)\s+(\S+)$/i.exec(authorization ?? '') ?? []
  const tokens = [query.get('access_token'), bearer]
  const shown = tokensOnly ? tokens : [query.get('key'), one(headers['x-goog-api-key']), ...tokens]
  return shown.find((value) => value !== null && value !== undefined && value !== '') ?? undefined
}

function one(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0]
}
