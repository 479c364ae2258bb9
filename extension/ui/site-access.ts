import { browser } from 'wxt/browser'

/** The pattern of Chrome's for every page of the web. */
export const EVERY_SITE = '<all_urls>'

/** The pattern for one site: the scheme and host of one of its pages. */
export function sitePattern(url: string): string {
  const { protocol, hostname } = new URL(url)
  return `${protocol}//${hostname}/*`
}

/** The sites a person allowed Aside to see without a click on its icon, as Chrome's patterns. */
export async function allowedSites(): Promise<readonly string[]> {
  return (await browser.permissions.getAll()).origins ?? []
}

export function isSiteAllowed(pattern: string): Promise<boolean> {
  return browser.permissions.contains({ origins: [pattern] })
}

/** Asks the person; only from a click. @returns whether they said yes */
export function askForSite(pattern: string): Promise<boolean> {
  return browser.permissions.request({ origins: [pattern] })
}

/** @returns whether it was taken back; Chrome keeps what an organisation set */
export function forgetSite(pattern: string): Promise<boolean> {
  return browser.permissions.remove({ origins: [pattern] })
}

/** Calls `listener` when a site was allowed or taken back, here or in Chrome's settings, until the signal aborts. */
export function watchSites(listener: () => void, signal: AbortSignal): void {
  const { onAdded, onRemoved } = browser.permissions
  for (const change of [onAdded, onRemoved]) {
    change.addListener(listener)
    signal.addEventListener('abort', () => change.removeListener(listener), { once: true })
  }
}
