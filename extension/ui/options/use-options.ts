import { inject, type InjectionKey, provide, type Ref, type ShallowRef } from 'vue'
import { type ManagedSettings } from '../../settings/managed-settings.ts'
import { type SettingName, type SettingsChange } from '../../settings/setting-fields.ts'
import { type Settings } from '../../settings/settings-schema.ts'
import { useSettings } from '../use-settings.ts'
import { type RelayKnowledge, useRelayKnowledge } from './use-relay-knowledge.ts'
import { type Consequence, useConsequences } from './use-consequences.ts'

/** What the sections of the options page share. */
export interface Options {
  readonly settings: Readonly<ShallowRef<Settings>>
  readonly managed: Readonly<ShallowRef<Omit<ManagedSettings, 'settings'>>>
  readonly relay: Readonly<ShallowRef<RelayKnowledge>>
  /** From when on a change counts that was made here while a conversation goes on, in the relay's own words. */
  readonly consequences: Readonly<ShallowRef<ReadonlyMap<SettingName, Consequence>>>
  /** What was said last about a change, for those who do not see the page. */
  readonly announcement: Readonly<Ref<string>>
  readonly change: (change: SettingsChange) => Promise<void>
}

const KEY: InjectionKey<Options> = Symbol('options')

/** To be called by the page, once. */
export function provideOptions(): Options {
  const { settings, managed, change } = useSettings()
  const { consequences, announcement, changed } = useConsequences()
  const options: Options = {
    settings,
    managed,
    relay: useRelayKnowledge(() => settings.value.relayUrl),
    consequences,
    announcement,
    async change(wanted) {
      changed(wanted)
      await change(wanted)
    },
  }
  provide(KEY, options)
  return options
}

export function useOptions(): Options {
  const options = inject(KEY)
  if (options === undefined) throw new Error('This part belongs on the options page.')
  return options
}
