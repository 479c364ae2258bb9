import { browser } from 'wxt/browser'
import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script'
import { PAGE_VERBS } from '../page/page-findings.ts'
import { createPageVerbs } from '../page/page-verbs.ts'

/** Injected on demand into the page in front; nothing runs in any page before that. */
export default defineUnlistedScript(() => {
  const openShadow = (element: Element) =>
    element instanceof HTMLElement ? browser.dom.openOrClosedShadowRoot(element) : element.shadowRoot
  Object.assign(globalThis, { [PAGE_VERBS]: createPageVerbs(openShadow) })
})
