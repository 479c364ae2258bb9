import { shallowReadonly, type ShallowRef, shallowRef } from 'vue'
import { type ManagedSettings } from '../settings/managed-settings.ts'
import { type SettingsChange } from '../settings/setting-fields.ts'
import { changeSettings, readManagedSettings, watchSettings } from '../settings/settings.ts'
import { DEFAULT_SETTINGS, type Settings } from '../settings/settings-schema.ts'
import { useLifetime } from './use-lifetime.ts'

/** The settings as they are now, and a way to change them; every page of the extension sees the same. */
export function useSettings(): {
  readonly settings: Readonly<ShallowRef<Settings>>
  /** What of them an organisation set: nobody changes it here. */
  readonly managed: Readonly<ShallowRef<Omit<ManagedSettings, 'settings'>>>
  readonly change: (change: SettingsChange) => Promise<void>
  /** Settles when `settings` holds what is stored. */
  readonly loaded: Promise<void>
} {
  const settings = shallowRef<Settings>(DEFAULT_SETTINGS)
  const managed = shallowRef<Omit<ManagedSettings, 'settings'>>({ locked: new Set(), sites: [] })
  const take = (now: ManagedSettings) => {
    settings.value = now.settings
    managed.value = now
  }
  watchSettings((_settings, now) => take(now), useLifetime())
  return {
    settings: shallowReadonly(settings),
    managed: shallowReadonly(managed),
    loaded: readManagedSettings().then(take),
    async change(change) {
      settings.value = await changeSettings(change)
    },
  }
}
