import * as v from 'valibot'
import { type FetchLike } from '../../shared/client/relay-http.ts'

/** Who signs people in, and as which client we ask. */
export interface OidcClient {
  /** `https://…`, as the issuer writes itself. */
  readonly issuer: string
  readonly clientId: string
}

/** A sign-in on its way: the browser is at the issuer. */
export interface OidcFlow {
  /** Where the browser is sent. */
  readonly url: string
  readonly redirectUri: string
  readonly tokenEndpoint: string
  readonly clientId: string
  readonly state: string
  readonly nonce: string
  /** Proves that who redeems the code is who asked for it (RFC 7636). */
  readonly verifier: string
}

export type OidcResult<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly fault: string }

/** What a relay takes for `POST /v1/pair`. */
export interface IdTokenProof {
  readonly idToken: string
  readonly nonce: string
}

const TIMEOUT_MS = 10_000

/** 256 bit: nobody guesses them. */
const RANDOM_BYTES = 32

const endpoint = v.pipe(v.string(), v.check(isSecure))
const discoverySchema = v.object({ issuer: v.string(), authorization_endpoint: endpoint, token_endpoint: endpoint })
const tokenAnswerSchema = v.object({ id_token: v.pipe(v.string(), v.minLength(1), v.maxLength(16_384)) })
const tokenFaultSchema = v.object({ error: v.string(), error_description: v.optional(v.string()) })

/**
 * Begins a sign-in by authorization code with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636): finds the issuer's addresses
 * and makes the one the browser has to visit.
 *
 * @param redirectUri where the issuer sends the browser back to
 */
export async function beginOidcFlow(
  { issuer, clientId }: OidcClient,
  redirectUri: string,
  fetch: FetchLike,
): Promise<OidcResult<OidcFlow>> {
  if (!isSecure(issuer)) return { ok: false, fault: `${issuer} is no address to sign in at: it is not https.` }
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const answer = await exchange(fetch, url, undefined)
  const discovery = v.safeParse(discoverySchema, answer?.json)
  // An issuer that calls itself something else is not the one the relay trusts.
  if (!discovery.success || discovery.output.issuer !== issuer) {
    return { ok: false, fault: `${issuer} cannot be reached, or is nothing to sign in at.` }
  }
  const { authorization_endpoint: authorization, token_endpoint: tokenEndpoint } = discovery.output
  const [state, nonce, verifier] = [random(), random(), random()]
  const query = {
    ...{ response_type: 'code', scope: 'openid profile', client_id: clientId, redirect_uri: redirectUri },
    ...{ state, nonce, code_challenge: await challengeOf(verifier), code_challenge_method: 'S256' },
  }
  const visit = new URL(authorization)
  for (const [name, value] of Object.entries(query)) visit.searchParams.set(name, value)
  return { ok: true, value: { url: visit.href, redirectUri, tokenEndpoint, clientId, state, nonce, verifier } }
}

/**
 * Ends a sign-in: redeems the code that the issuer sent the browser back with.
 *
 * @param returnedUrl where the browser arrived; nothing in it is trusted
 */
export async function finishOidcFlow(
  flow: OidcFlow,
  returnedUrl: string,
  fetch: FetchLike,
): Promise<OidcResult<IdTokenProof>> {
  const code = codeOf(flow, returnedUrl)
  if (!code.ok) return code
  const { redirectUri, clientId, verifier, tokenEndpoint, nonce } = flow
  const form = {
    ...{ grant_type: 'authorization_code', code: code.value, redirect_uri: redirectUri },
    ...{ client_id: clientId, code_verifier: verifier },
  }
  const answer = await exchange(fetch, tokenEndpoint, new URLSearchParams(form).toString())
  const tokens = v.safeParse(tokenAnswerSchema, answer?.json)
  if (tokens.success && answer?.status === 200) {
    const { id_token: idToken } = tokens.output
    // The relay checks the token; that it belongs to this very sign-in only we can know.
    if (nonceOf(idToken) === nonce) return { ok: true, value: { idToken, nonce } }
    return { ok: false, fault: 'The answer belongs to another sign-in. Please sign in again.' }
  }
  const told = v.safeParse(tokenFaultSchema, answer?.json)
  const why = told.success ? (told.output.error_description ?? told.output.error) : 'It gave no reason.'
  return { ok: false, fault: `The sign-in could not be completed. ${why}` }
}

function codeOf({ redirectUri, state }: OidcFlow, returnedUrl: string): OidcResult<string> {
  const again = { ok: false, fault: 'The answer belongs to another sign-in. Please sign in again.' } as const
  if (!URL.canParse(returnedUrl)) return again
  const returned = new URL(returnedUrl)
  const expected = new URL(redirectUri)
  if (returned.origin !== expected.origin || returned.pathname !== expected.pathname) return again
  const query = returned.searchParams
  if (query.get('state') !== state) return again
  const error = query.get('error')
  if (error !== null) {
    const why = query.get('error_description') ?? error
    return { ok: false, fault: `You were not signed in: ${why.slice(0, 200)}.` }
  }
  const code = query.get('code')
  return code === null ? again : { ok: true, value: code }
}

interface Answer {
  readonly status: number
  readonly json: unknown
}

/** @returns undefined when nobody answers, or in another language than JSON */
async function exchange(fetch: FetchLike, url: string, form: string | undefined): Promise<Answer | undefined> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (form !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded'
  const request = form === undefined ? ({ method: 'GET' } as const) : ({ method: 'POST', body: form } as const)
  try {
    const response = await fetch(url, { ...request, headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
    return { status: response.status, json: JSON.parse(await response.text()) as unknown }
  } catch {
    return undefined
  }
}

/** Tokens and codes travel over it: plain only where the line is this machine itself. */
function isSecure(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || (protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname))
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)))
}

async function challengeOf(verifier: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))))
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** The claim alone: whether the token is genuine is for the relay to say. */
function nonceOf(idToken: string): unknown {
  try {
    const payload = (idToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    return (JSON.parse(atob(payload)) as { readonly nonce?: unknown } | null)?.nonce
  } catch {
    return undefined
  }
}
