import { type Component, createApp } from 'vue'
import { i18n } from '#i18n'

/** Puts a page's one component into its document, in the language its words are in. */
export function mountPage(page: Component): void {
  // Not the browser's language: where that has no words of ours, English ones are shown.
  document.documentElement.lang = i18n.t('extension.language')
  document.documentElement.dir = i18n.t('extension.direction')
  createApp(page).mount('#app')
}
