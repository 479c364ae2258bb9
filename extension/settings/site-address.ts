export type SiteProblem = 'empty' | 'unreadable' | 'not-web'

export type SiteAddress =
  { readonly ok: true; readonly host: string } | { readonly ok: false; readonly problem: SiteProblem }

/** The longest name DNS has. */
const MAX_HOST_CHARACTERS = 253

/**
 * Reads a site as a person types it: `bank.example`, `*.bank.example`, `https://www.bank.example/login?next=1`. The host is
 * in lower case, without a port; letters beyond ASCII become Punycode, as in a page's own address. Never throws.
 */
export function parseSite(text: string): SiteAddress {
  const typed = text.trim().replace(/^\*\./, '')
  if (typed === '') return { ok: false, problem: 'empty' }
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`)
  if (url === null) return { ok: false, problem: 'unreadable' }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return { ok: false, problem: 'not-web' }
  const host = url.hostname.replace(/\.$/, '')
  const isHost = /^[a-z0-9.:[\]_-]+$/.test(host) && host.length <= MAX_HOST_CHARACTERS
  return isHost ? { ok: true, host } : { ok: false, problem: 'unreadable' }
}
