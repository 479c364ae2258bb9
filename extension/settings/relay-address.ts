/** Where `npm start` listens unless told otherwise (docs/protocol.md §3). */
export const DEFAULT_RELAY_URL = 'http://127.0.0.1:8787'

/** Plain http may go to these only: the extension's content security policy admits no other. */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost'])

export type RelayAddressProblem = 'empty' | 'unreadable' | 'not-http' | 'not-secure' | 'has-credentials' | 'has-path'

export type RelayAddress =
  { readonly ok: true; readonly url: string } | { readonly ok: false; readonly problem: RelayAddressProblem }

/**
 * Reads an address as a person types it: `127.0.0.1:8787`, `relay.example.org`, `https://relay.example.org/`.
 * A missing scheme means http on this machine and https everywhere else. Never throws.
 *
 * @returns the relay's origin, without a slash at its end, or what is wrong with the text
 */
export function parseRelayAddress(text: string): RelayAddress {
  const typed = text.trim()
  if (typed === '') return { ok: false, problem: 'empty' }
  const url = URL.parse(withScheme(typed))
  if (url === null || url.hostname === '') return { ok: false, problem: 'unreadable' }
  const problem = problemOf(url)
  return problem === undefined ? { ok: true, url: url.origin } : { ok: false, problem }
}

function withScheme(typed: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(typed)) return typed
  const host = /^[^:/?#]*/.exec(typed)?.[0] ?? ''
  return `${LOOPBACK_HOSTS.has(host.toLowerCase()) ? 'http' : 'https'}://${typed}`
}

function problemOf(url: URL): RelayAddressProblem | undefined {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'not-http'
  if (url.username !== '' || url.password !== '') return 'has-credentials'
  if (url.protocol === 'http:' && !LOOPBACK_HOSTS.has(url.hostname)) return 'not-secure'
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') return 'has-path'
  return undefined
}
