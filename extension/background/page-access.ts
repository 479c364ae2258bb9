import { browser, type Browser } from 'wxt/browser'
import { type FrontPage } from '../browser-tools/browser-tool.ts'
import { type Answer } from '../messaging/messages.ts'
import { PAGE_VERBS, type PageVerbs } from '../page/page-findings.ts'
import { isExcludedPage } from './excluded-sites.ts'

/** Built from `entrypoints/page-script.ts`. */
const PAGE_SCRIPT = '/page-script.js'

const SITE_EXCLUDED = refusal('site_excluded', 'The user listed this site as never to be read or shown.')

/** The tab the person looks at: the active one of the window used last. */
export async function findFrontTab(): Promise<(Browser.tabs.Tab & { id: number }) | undefined> {
  const [tab] = await browser.tabs.query({ active: true, lastFocusedWindow: true })
  return tab?.id === undefined ? undefined : { ...tab, id: tab.id }
}

/** The page in front as browser tools may use it. */
export const frontPage: FrontPage = {
  async readText() {
    const tab = await findFrontTab()
    if (tab === undefined) return refusal('no_page', 'No page is open in front.')
    if (tab.incognito) return refusal('page_incognito', 'Nothing is read in incognito windows.')
    if (tab.url !== undefined && (await isExcludedPage(tab.url))) return SITE_EXCLUDED
    const answer = await runInPage(tab.id, 'readPageText')
    // The tab may have gone there meanwhile.
    return answer.ok && (await isExcludedPage(answer.value.url)) ? SITE_EXCLUDED : answer
  },
}

/** Does one thing inside a page, in its top frame and apart from its own scripts; Chrome's refusal is a value. */
export async function runInPage<Verb extends keyof PageVerbs>(
  tabId: number,
  verb: Verb,
): Promise<Answer<Awaited<ReturnType<PageVerbs[Verb]>>>> {
  try {
    const value = (await callVerb(tabId, verb)) ?? (await injectAndCall(tabId, verb))
    if (value !== undefined) return { ok: true, value }
    return refusal('page_unreadable', 'This page cannot be read.')
  } catch (error) {
    return refusalOf(error)
  }
}

async function injectAndCall<Verb extends keyof PageVerbs>(tabId: number, verb: Verb) {
  await browser.scripting.executeScript({ target: { tabId }, files: [PAGE_SCRIPT] })
  return callVerb(tabId, verb)
}

/** @returns undefined while the page does not have the script yet */
async function callVerb<Verb extends keyof PageVerbs>(
  tabId: number,
  verb: Verb,
): Promise<Awaited<ReturnType<PageVerbs[Verb]>> | undefined> {
  const [injection] = await browser.scripting.executeScript({
    target: { tabId },
    func: (key: string, name: string) => {
      const verbs = (globalThis as unknown as Record<string, Record<string, () => unknown> | undefined>)[key]
      return verbs?.[name]?.()
    },
    args: [PAGE_VERBS, verb],
  })
  return (injection?.result ?? undefined) as Awaited<ReturnType<PageVerbs[Verb]>> | undefined
}

/** Chrome says why in words only; these are what version 156 says. */
function refusalOf(error: unknown): Answer<never> {
  const reason = error instanceof Error ? error.message : String(error)
  if (
    /chrome:\/\/|extensions gallery|webstore|chrome-extension:|Cannot access contents of url|error page/i.test(reason)
  ) {
    return refusal(
      'page_restricted',
      'This is one of the browser’s own pages or its store; no extension may look at it. Any ordinary web page works.',
    )
  }
  if (/Cannot access contents of the page|must request permission|activeTab/i.test(reason)) {
    return refusal(
      'page_permission_needed',
      'The user has not let Aside look at this page yet: one click on Aside’s toolbar icon while the page is in front does it.',
    )
  }
  return refusal('page_unreadable', `This page cannot be read: ${reason}`)
}

function refusal(code: string, message: string): Answer<never> {
  return { ok: false, code, message }
}
