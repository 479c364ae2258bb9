import { browser } from 'wxt/browser'

/** Our own pages, by the path they are served from. */
const PAGE_PATHS = {
  background: '/background.js',
  offscreen: '/offscreen.html',
  sidepanel: '/sidepanel.html',
  options: '/options.html',
  welcome: '/welcome.html',
  records: '/records.html',
} as const

export type ExtensionPage = keyof typeof PAGE_PATHS

/** What Chrome says about who sent a message. */
export interface MessageOrigin {
  readonly id?: string | undefined
  readonly origin?: string | undefined
  readonly url?: string | undefined
}

/**
 * Whether a message comes from one of these pages. The id alone proves nothing: every content script of ours has it too,
 * and that runs beside a web page's own code. A content script bears the web page's origin and address, which no page can fake.
 */
export function isSentBy(pages: readonly ExtensionPage[], sender: MessageOrigin): boolean {
  const own = browser.runtime.getURL('/')
  // Chrome leaves the origin out for the service worker; its address says the same.
  const isOurs = sender.origin === undefined || `${sender.origin}/` === own
  if (sender.id !== browser.runtime.id || !isOurs) return false
  return pages.some((page) => pathOf(sender.url, own) === PAGE_PATHS[page])
}

/** @returns the path of an address of ours, undefined for any other */
function pathOf(address: string | undefined, own: string): string | undefined {
  const url = URL.parse(address ?? '')
  return url?.href.startsWith(own) === true ? url.pathname : undefined
}
