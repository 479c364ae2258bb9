import { isLoopbackAddress, isLoopbackHostHeader } from './host.ts'

/** What local pairing looks at. */
export interface PairingFacts {
  /** Of the peer as the engine saw it. */
  readonly remoteAddress: string
  readonly headers: { get(name: string): string | null; keys(): Iterable<string> }
  readonly allowedOrigins: ReadonlySet<string>
}

export type PairingRefusal =
  'not_loopback' | 'host' | 'forwarded' | 'content_type' | 'origin' | 'browser_without_origin'

/**
 * Decides whether a request may pair as the user `local` (docs/protocol.md §1.1): it must come straight from a program of
 * this machine that is either our extension or no browser at all.
 *
 * @returns undefined when it may, else the first condition that does not hold
 */
export function refuseLocalPairing({
  remoteAddress,
  headers,
  allowedOrigins,
}: PairingFacts): PairingRefusal | undefined {
  if (!isLoopbackAddress(remoteAddress)) return 'not_loopback'
  if (!isLoopbackHostHeader(headers.get('host') ?? undefined)) return 'host'
  // A proxy on this machine makes the whole world look like loopback.
  const names = [...headers.keys()]
  if (names.some((name) => /^(forwarded|via|x-forwarded-.*)$/i.test(name))) return 'forwarded'
  // A form of a web page can post without asking first, but not this content type (Fetch, "CORS-safelisted").
  if (!/^application\/json\s*(;|$)/i.test(headers.get('content-type') ?? '')) return 'content_type'
  const origin = headers.get('origin')
  if (origin !== null) return allowedOrigins.has(origin) ? undefined : 'origin'
  return names.some((name) => /^sec-fetch-/i.test(name)) ? 'browser_without_origin' : undefined
}
