import { sitePattern } from './site-access.ts'

/** The page in front, as far as Chrome lets the extension know it. */
export interface ActivePage {
  /** unknown: Chrome tells nothing until the toolbar icon was clicked there; closed: no extension may read it. */
  readonly access: 'open' | 'unknown' | 'closed'
  readonly title: string | undefined
  readonly host: string | undefined
  /** Chrome's pattern for its site. */
  readonly site: string | undefined
  /** A picture that may be shown without asking anybody for it. */
  readonly icon: string | undefined
}

export const UNKNOWN_PAGE: ActivePage = {
  access: 'unknown',
  title: undefined,
  host: undefined,
  site: undefined,
  icon: undefined,
}

/** Chrome's own pages and its store are closed to every extension. */
const CLOSED_HOSTS: ReadonlySet<string> = new Set(['chromewebstore.google.com'])

/** What may be said about a tab; fields that Chrome withholds are absent. */
export function activePageOf(tab: {
  readonly url?: string | undefined
  readonly title?: string | undefined
  readonly favIconUrl?: string | undefined
}): ActivePage {
  const url = tab.url === undefined ? null : URL.parse(tab.url)
  if (url === null) return UNKNOWN_PAGE
  const isWeb = /^https?:$/.test(url.protocol)
  const readable = /^(https?|file):$/.test(url.protocol) && !CLOSED_HOSTS.has(url.hostname)
  return {
    access: readable ? 'open' : 'closed',
    title: tab.title === undefined || tab.title === '' ? undefined : tab.title,
    host: isWeb ? url.hostname.replace(/^www\./, '') : undefined,
    site: isWeb ? sitePattern(url.href) : undefined,
    // Others would be fetched from the site, and the content security policy refuses that.
    icon: tab.favIconUrl?.startsWith('data:image/') === true ? tab.favIconUrl : undefined,
  }
}

/** The letter that stands for a page without an icon. */
export function pageInitial(page: ActivePage): string {
  const [initial] = page.host ?? page.title ?? ''
  return (initial ?? '·').toLocaleUpperCase()
}
