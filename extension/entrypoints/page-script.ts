import { browser } from 'wxt/browser'
import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script'
import { PAGE_VERBS } from '../page/page-findings.ts'
import { createPageVerbs } from '../page/page-verbs.ts'

const HTML = 'http://www.w3.org/1999/xhtml'

/** Injected on demand into the page in front; nothing runs in any page before that. */
export default defineUnlistedScript(() => {
  // Only HTML elements have shadow trees; one inside a frame is no `HTMLElement` of this window.
  const openShadow = (element: Element) =>
    element.namespaceURI === HTML ? browser.dom.openOrClosedShadowRoot(element as HTMLElement) : null
  Object.assign(globalThis, { [PAGE_VERBS]: createPageVerbs(openShadow) })
})
