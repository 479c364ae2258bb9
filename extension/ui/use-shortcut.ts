import { readonly, ref, type Ref } from 'vue'
import { browser } from 'wxt/browser'
import { useLifetime } from './use-lifetime.ts'

/** Chrome's name for "as if the toolbar icon were clicked". */
const ICON_COMMAND = '_execute_action'

/** The shortcut as it is really bound: Chrome drops a suggested one that another extension holds. Empty: none. */
export function useShortcut(): Readonly<Ref<string>> {
  const shortcut = ref('')
  const look = () => {
    void browser.commands.getAll().then((commands) => {
      shortcut.value = commands.find(({ name }) => name === ICON_COMMAND)?.shortcut ?? ''
    })
  }
  // Who changes it does so in another tab and comes back.
  addEventListener('focus', look, { signal: useLifetime() })
  look()
  return readonly(shortcut)
}
