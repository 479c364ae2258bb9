import { type Component, createApp } from 'vue'
import { i18n } from '#i18n'
import { applyTheme } from './apply-theme.ts'

/** Puts a page's one component into its document, in the language its words are in and the theme that was chosen. */
export function mountPage(page: Component): void {
  // Not the browser's language: where that has no words of ours, English ones are shown.
  document.documentElement.lang = i18n.t('extension.language')
  document.documentElement.dir = i18n.t('extension.direction')
  void applyTheme(new AbortController().signal)
  createApp(page).mount('#app')
}
