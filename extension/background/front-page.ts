import { browser } from 'wxt/browser'
import { type PageInFront, sendMessage } from '../messaging/messages.ts'
import { isExcludedPage } from './excluded-sites.ts'
import { findFrontTab } from './page-access.ts'
import { isActive, readVoiceStatus } from './voice-status.ts'

/** The page in front as far as Chrome lets us know it: after a click on the icon there, or where sites were allowed. */
export async function readFrontPage(): Promise<PageInFront | undefined> {
  const tab = await findFrontTab()
  if (tab?.url === undefined || tab.incognito || isOurs(tab.url) || (await isExcludedPage(tab.url))) return undefined
  return { title: tab.title ?? '', url: tab.url }
}

/** Nobody means Aside's own settings or history by "this page". */
function isOurs(url: string): boolean {
  return url.startsWith(browser.runtime.getURL('/'))
}

/** Another page came to the front: a conversation that is going on is told. */
export async function tellFrontPage(): Promise<void> {
  if (isActive(await readVoiceStatus())) await sendMessage('setPage', await readFrontPage())
}
