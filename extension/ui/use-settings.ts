import { shallowReadonly, type ShallowRef, shallowRef } from 'vue'
import { changeSettings, DEFAULT_SETTINGS, readSettings, type Settings, watchSettings } from '../settings/settings.ts'
import { useLifetime } from './use-lifetime.ts'

/** The settings as they are now, and a way to change them; every page of the extension sees the same. */
export function useSettings(): {
  readonly settings: Readonly<ShallowRef<Settings>>
  readonly change: (change: Partial<Settings>) => Promise<void>
  /** Settles when `settings` holds what is stored. */
  readonly loaded: Promise<void>
} {
  const settings = shallowRef<Settings>(DEFAULT_SETTINGS)
  watchSettings((changed) => (settings.value = changed), useLifetime())
  const loaded = readSettings().then((stored) => {
    settings.value = stored
  })
  return {
    settings: shallowReadonly(settings),
    loaded,
    async change(change) {
      settings.value = await changeSettings(change)
    },
  }
}
