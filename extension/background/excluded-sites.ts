import { readSettings } from '../settings/settings.ts'

/** Whether the person listed the site of this page as never to be read or shown. */
export async function isExcludedPage(url: string): Promise<boolean> {
  return isExcluded(url, (await readSettings()).sight.excludedSites)
}

/**
 * Whether an address belongs to one of these sites or lies below one. Pure.
 *
 * @param sites hosts: `bank.example` means `bank.example` and `www.bank.example`, but not `mybank.example`
 */
export function isExcluded(url: string, sites: readonly string[]): boolean {
  const host = hostOf(URL.parse(url)?.hostname ?? '')
  return sites.map(hostOf).some((site) => site !== '' && (host === site || host.endsWith(`.${site}`)))
}

/** As two writings of the same host compare equal: a host may end with a dot. */
function hostOf(written: string): string {
  return written
    .trim()
    .toLowerCase()
    .replace(/^\*?\./, '')
    .replace(/\.$/, '')
}
