import { type Component, createApp } from 'vue'
import { browser } from 'wxt/browser'

/** Puts a page's one component into its document, in the language the browser speaks to the person. */
export function mountPage(page: Component): void {
  document.documentElement.lang = browser.i18n.getUILanguage()
  createApp(page).mount('#app')
}
