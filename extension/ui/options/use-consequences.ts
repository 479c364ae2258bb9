import { ref, type Ref, readonly, shallowReadonly, type ShallowRef, shallowRef } from 'vue'
import { i18n } from '#i18n'
import { openVoiceChannel } from '../../messaging/voice-channel.ts'
import { fieldNames, type SettingName, type SettingsChange } from '../../settings/setting-fields.ts'
import { useLifetime } from '../use-lifetime.ts'
import { type Since, sinceWhen } from './consequences.ts'

export interface Consequence {
  readonly sentence: string
}

/** Listens to what a running conversation answers about settings that are changed on this page. */
export function useConsequences(): {
  readonly consequences: Readonly<ShallowRef<ReadonlyMap<SettingName, Consequence>>>
  readonly announcement: Readonly<Ref<string>>
  /** A change is on its way: what was said about these settings is over. */
  readonly changed: (change: SettingsChange) => void
} {
  const consequences = shallowRef<ReadonlyMap<SettingName, Consequence>>(new Map())
  const announcement = ref('')
  const touched = new Set<SettingName>()

  openVoiceChannel((message) => {
    if (message.type === 'state' && message.state.status.name === 'idle') consequences.value = new Map()
    if (message.type !== 'settings-taken') return
    const said = [...touched].flatMap((name): [SettingName, Consequence][] => {
      const since = sinceWhen(name, message)
      return since === undefined ? [] : [[name, { sentence: sentenceOf(since) }]]
    })
    for (const [name] of said) touched.delete(name)
    consequences.value = new Map([...consequences.value, ...said])
    announcement.value = said.at(-1)?.[1].sentence ?? announcement.value
  }, useLifetime())

  return {
    consequences: shallowReadonly(consequences),
    announcement: readonly(announcement),
    changed(change) {
      const names = fieldNames(change) as readonly SettingName[]
      for (const name of names) touched.add(name)
      consequences.value = new Map([...consequences.value].filter(([name]) => !names.includes(name)))
      announcement.value = ''
    },
  }
}

function sentenceOf(since: Since): string {
  return since.name === 'refused'
    ? i18n.t('options.counts.refused', [since.reason])
    : i18n.t(`options.counts.${since.name}`)
}
