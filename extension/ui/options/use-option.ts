import { computed, reactive } from 'vue'
import { i18n } from '#i18n'
import { changeOf, settingOf, type SettingName, type SettingValue } from '../../settings/setting-fields.ts'
import { useOptions } from './use-options.ts'

/** One setting as a control of the options page shows it. */
export interface Option<Value> {
  /** Assigning stores. */
  value: Value
  /** An organisation set it. */
  readonly locked: boolean
  /** What is to be said about it now: who set it, or from when on the change counts. */
  readonly note: string
}

export function useOption<Name extends SettingName>(name: Name): Option<SettingValue<Name>> {
  const { settings, managed, consequences, change } = useOptions()
  return reactive({
    value: computed({
      get: () => settingOf(settings.value, name),
      set: (value) => void change(changeOf(name, value)),
    }),
    locked: computed(() => managed.value.locked.has(name)),
    note: computed(() =>
      managed.value.locked.has(name)
        ? i18n.t('options.byOrganisation')
        : (consequences.value.get(name)?.sentence ?? ''),
    ),
  })
}
