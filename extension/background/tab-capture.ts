import { browser } from 'wxt/browser'
import { type Answer, type PageSnapshot } from '../messaging/messages.ts'
import { type SecretFields } from '../page/page-findings.ts'
import { findFrontTab, runInPage } from './page-access.ts'

/** JPEG of this quality is indistinguishable after scaling down, and a third of the size of PNG. */
const CAPTURE_QUALITY = 90

/**
 * Takes a picture of the tab in front. Secret fields are read before and after: when anything moved in between, their
 * covers would be in the wrong place, and there is no picture. Nor is there one where they cannot be read at all.
 *
 * @param only the tab that is shared; another one in front is not captured
 */
export async function captureTab(only: number | undefined): Promise<Answer<PageSnapshot>> {
  const tab = await findFrontTab()
  if (tab === undefined || (only !== undefined && tab.id !== only)) {
    return refusal('tab-not-in-front', 'The shared tab is not in front.')
  }
  if (tab.incognito) return refusal('page-not-capturable', 'Nothing is captured in incognito windows.')
  const before = await readSecrets(tab.id)
  if (!before.ok) return before
  const capture = await captureWindow(tab.windowId)
  if (!capture.ok) return capture
  const after = await readSecrets(tab.id)
  if (!after.ok) return after
  const tabAfter = await findFrontTab()
  if (tabAfter?.id !== tab.id || !isSame(before.value, after.value)) {
    return refusal('page-changed', 'The page changed while it was captured.')
  }
  const value: PageSnapshot = {
    dataUrl: capture.value,
    tabId: tab.id,
    title: tab.title ?? '',
    url: after.value.url,
    secrets: after.value.areas,
    viewport: after.value.viewport,
  }
  return { ok: true, value }
}

async function readSecrets(tabId: number): Promise<Answer<SecretFields>> {
  const answer = await runInPage(tabId, 'findSecretFields')
  if (answer.ok) return answer
  const isPermission = answer.code === 'page_permission_needed'
  return refusal(isPermission ? 'permission-needed' : 'page-not-capturable', answer.message)
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

function refusal(code: string, message: string): Answer<never> {
  return { ok: false, code, message }
}
