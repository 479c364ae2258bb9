import { type ShallowRef, shallowReadonly, shallowRef } from 'vue'
import { browser } from 'wxt/browser'
import { type ActivePage, activePageOf, UNKNOWN_PAGE } from './active-page.ts'
import { useLifetime } from './use-lifetime.ts'

/** The page in front in this window; follows the person from tab to tab. */
export function useActivePage(): Readonly<ShallowRef<ActivePage>> {
  const page = shallowRef<ActivePage>(UNKNOWN_PAGE)
  const lifetime = useLifetime()

  const look = () => {
    void browser.tabs.query({ active: true, currentWindow: true }).then(([tab]) => {
      page.value = tab === undefined ? UNKNOWN_PAGE : activePageOf(tab)
    })
  }
  browser.tabs.onActivated.addListener(look)
  browser.tabs.onUpdated.addListener(look)
  lifetime.addEventListener('abort', () => {
    browser.tabs.onActivated.removeListener(look)
    browser.tabs.onUpdated.removeListener(look)
  })
  // A click on the toolbar icon opens this page to the extension without any event of the tab's.
  addEventListener('focus', look, { signal: lifetime })
  document.addEventListener('visibilitychange', look, { signal: lifetime })
  look()
  return shallowReadonly(page)
}
