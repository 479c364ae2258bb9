import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose'
import * as v from 'valibot'
import { isSafeAddress } from '../config.ts'

/** The issuer could not be asked, or what it says cannot be used; the message is for the operator's log. */
export class IssuerFault extends Error {
  override readonly name = 'IssuerFault'
}

/** What is known of an issuer. */
export interface OidcProvider {
  /** As its tokens say it: to the letter. */
  readonly issuer: string
  /** Finds the key of a token; rejects with {@link IssuerFault} when the issuer cannot be asked. */
  readonly getKey: JWTVerifyGetKey
}

export interface OidcProviderOptions {
  /** `ASIDE_OIDC_ISSUER` */
  readonly issuer: string
  /** A key that is not known is looked for again no sooner than this, ms: anybody can invent key ids. */
  readonly keyCooldownMs?: number
  /** A clock that never goes back, ms. */
  readonly now?: () => number
}

/** A person waits for the sign-in; an issuer that is slower is as good as away, ms. */
const TIMEOUT_MS = 5_000

/** Real ones have a few KiB. */
const MAX_BYTES = 256 * 1024

/** Issuers move their keys' address once in years, and withdraw a key within the hour, ms. */
const DISCOVERY_AGE_MS = 60 * 60_000
const KEYS_AGE_MS = 10 * 60_000

const KEY_COOLDOWN_MS = 10_000

const discoverySchema = v.object({ issuer: v.string(), jwks_uri: v.string() })

/**
 * Looks up what an OpenID Connect issuer says about itself (OpenID Connect Discovery 1.0 §4), when it is first needed, and
 * keeps it for an hour; keys are kept for ten minutes, by issuer, address and key id.
 *
 * @returns rejects with {@link IssuerFault} while nothing is known and the issuer does not answer
 */
export function createOidcProvider(options: OidcProviderOptions): () => Promise<OidcProvider> {
  const { issuer, keyCooldownMs = KEY_COOLDOWN_MS, now = () => performance.now() } = options
  const keysByAddress = new Map<string, JWTVerifyGetKey>()
  let known: { readonly provider: OidcProvider; readonly atMs: number } | undefined
  let asking: Promise<OidcProvider> | undefined

  async function discover(): Promise<OidcProvider> {
    const document = v.safeParse(discoverySchema, await fetchJson(`${issuer}/.well-known/openid-configuration`))
    if (!document.success) throw new IssuerFault(`${issuer} has no discovery document`)
    const { issuer: named, jwks_uri: address } = document.output
    if (named.replace(/\/+$/, '') !== issuer) throw new IssuerFault(`${issuer} calls itself ${named}`)
    let getKey = keysByAddress.get(address)
    if (getKey === undefined) {
      getKey = createKeySet(address, keyCooldownMs)
      keysByAddress.clear()
      keysByAddress.set(address, getKey)
    }
    return { issuer: named, getKey }
  }

  async function askAgain(): Promise<OidcProvider> {
    try {
      const provider = await discover()
      known = { provider, atMs: now() }
      return provider
    } catch (error) {
      // What it said an hour ago is better than nobody signing in.
      if (known !== undefined) return known.provider
      throw error
    } finally {
      asking = undefined
    }
  }

  return () => {
    if (known !== undefined && now() - known.atMs < DISCOVERY_AGE_MS) return Promise.resolve(known.provider)
    return (asking ??= askAgain())
  }
}

function createKeySet(address: string, cooldownDuration: number): JWTVerifyGetKey {
  if (!isSafeAddress(address)) throw new IssuerFault(`${address} is no https address for keys`)
  const keys = createRemoteJWKSet(new URL(address), {
    cooldownDuration,
    timeoutDuration: TIMEOUT_MS,
    cacheMaxAge: KEYS_AGE_MS,
    [customFetch]: (url: string, { signal }: { signal: AbortSignal }) => fetchBounded(url, signal),
  })
  return async (header, token) => {
    try {
      return await keys(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error
      throw new IssuerFault(`the keys at ${address} cannot be had: ${messageOf(error)}`, { cause: error })
    }
  }
}

async function fetchJson(address: string): Promise<unknown> {
  if (!isSafeAddress(address)) throw new IssuerFault(`${address} is no https address`)
  try {
    const response = await fetchBounded(address, AbortSignal.timeout(TIMEOUT_MS))
    return await response.json()
  } catch (error) {
    throw new IssuerFault(`${address} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

/** Follows no redirect and reads no more than an honest issuer says. */
async function fetchBounded(address: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(address, { signal, redirect: 'manual', headers: { accept: 'application/json' } })
  if (response.status !== 200) throw new Error(`status ${response.status}`)
  const chunks: Uint8Array[] = []
  let bytes = 0
  const body: AsyncIterable<Uint8Array> | undefined = response.body ?? undefined
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`)
    chunks.push(chunk)
  }
  return new Response(Buffer.concat(chunks))
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message
}
