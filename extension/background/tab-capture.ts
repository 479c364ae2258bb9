import { browser } from 'wxt/browser'
import { type Answer, type PageSnapshot } from '../messaging/messages.ts'
import { type SecretFields } from '../page/page-findings.ts'
import { isExcludedPage } from './excluded-sites.ts'
import { findFrontTab, runInPage } from './page-access.ts'

/** JPEG of this quality is indistinguishable after scaling down, and a third of the size of PNG. */
const CAPTURE_QUALITY = 90

/** A tab of which a picture may be taken now. */
interface ShownTab {
  readonly id: number
  readonly windowId: number
  readonly url: string
}

/**
 * Takes a picture of the tab in front. Secret fields are read before and after: when anything moved in between, their
 * covers would be in the wrong place, and there is no picture. Nor is there one where they cannot be read at all.
 *
 * @param only the tab that is shared; another one in front is not captured
 */
export async function captureTab(only: number | undefined): Promise<Answer<PageSnapshot>> {
  const tab = await findShownTab(only)
  if (!tab.ok) return tab
  const { id, windowId } = tab.value
  const before = await readSecrets(id)
  const capture = before.ok ? await captureWindow(windowId) : before
  const after = capture.ok ? await readSecrets(id) : capture
  // Asked first: a capture that another tab refused says nothing about this one.
  const tabAfter = await findShownTab(id)
  if (!tabAfter.ok) return tabAfter
  if (!before.ok) return before
  if (!capture.ok) return capture
  if (!after.ok) return after
  // By the page's own address: what the browser says of the tab may be ahead of what it shows.
  if (await isExcludedPage(after.value.url)) return SITE_EXCLUDED
  if (!isSame(before.value, after.value)) return refusal('page-changed', 'The page changed while it was captured.')
  const { url, areas, viewport } = after.value
  return { ok: true, value: { dataUrl: capture.value, tabId: id, url, secrets: areas, viewport } }
}

/** Whether a picture of this tab could be taken now. Nothing of the page is looked at. */
export async function checkTab(tabId: number): Promise<Answer<{ readonly url: string }>> {
  const tab = await findShownTab(tabId)
  return tab.ok ? { ok: true, value: { url: tab.value.url } } : tab
}

const SITE_EXCLUDED = refusal('site-excluded', 'This site is listed as never to be shown.')

async function findShownTab(only: number | undefined): Promise<Answer<ShownTab>> {
  const tab = await findFrontTab()
  if (tab === undefined || (only !== undefined && tab.id !== only)) {
    const isClosed = only !== undefined && (await isGone(only))
    return refusal(isClosed ? 'tab-closed' : 'tab-not-in-front', 'The shared tab is not in front.')
  }
  const { id, windowId, url } = tab
  if (tab.incognito) return refusal('page-not-capturable', 'Nothing is captured in incognito windows.')
  const window = await browser.windows.get(windowId)
  if (window.state === 'minimized') return refusal('tab-not-in-front', 'The window of the shared tab is minimised.')
  if (url === undefined) return unseenBecause(id)
  return (await isExcludedPage(url)) ? SITE_EXCLUDED : { ok: true, value: { id, windowId, url } }
}

/** Chrome tells the address of exactly the pages it lets us see; why it does not, only an attempt to see one tells. */
async function unseenBecause(tabId: number): Promise<Extract<Answer<never>, { ok: false }>> {
  const attempt = await readSecrets(tabId)
  return attempt.ok ? refusal('permission-needed', 'Chrome does not let this page be seen.') : attempt
}

async function isGone(tabId: number): Promise<boolean> {
  return browser.tabs.get(tabId).then(
    () => false,
    () => true,
  )
}

async function readSecrets(tabId: number): Promise<Answer<SecretFields>> {
  const answer = await runInPage(tabId, 'findSecretFields')
  if (answer.ok) return answer
  switch (answer.code) {
    case 'page_permission_needed':
      return refusal('permission-needed', answer.message)
    case 'page_restricted':
      return refusal('page-not-capturable', answer.message)
    default:
      // It may just be loading.
      return refusal('capture-failed', answer.message)
  }
}

async function captureWindow(windowId: number): Promise<Answer<string>> {
  try {
    const options = { format: 'jpeg', quality: CAPTURE_QUALITY } as const
    return { ok: true, value: await browser.tabs.captureVisibleTab(windowId, options) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return refusal(/activeTab|permission/i.test(reason) ? 'permission-needed' : 'capture-failed', reason)
  }
}

function isSame(before: SecretFields, after: SecretFields): boolean {
  return JSON.stringify(before) === JSON.stringify(after)
}

function refusal(code: string, message: string): Extract<Answer<never>, { ok: false }> {
  return { ok: false, code, message }
}
