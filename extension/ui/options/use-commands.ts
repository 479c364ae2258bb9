import { shallowReadonly, type ShallowRef, shallowRef } from 'vue'
import { browser, type Browser } from 'wxt/browser'
import { useLifetime } from '../use-lifetime.ts'

/** The shortcuts as they are bound now; who changes them does so in another tab and comes back. */
export function useCommands(): Readonly<ShallowRef<readonly Browser.commands.Command[]>> {
  const commands = shallowRef<readonly Browser.commands.Command[]>([])
  const look = () => void browser.commands.getAll().then((all) => (commands.value = all))
  addEventListener('focus', look, { signal: useLifetime() })
  look()
  return shallowReadonly(commands)
}
