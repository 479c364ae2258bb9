import { DEFAULT_SETTINGS, parseSettings, type Settings } from './settings-schema.ts'

/** Some settings; of a group, those fields that are to be others. */
export type SettingsChange = {
  readonly [Key in keyof Settings]?: Settings[Key] extends Readonly<Record<string, unknown>>
    ? Partial<Settings[Key]>
    : Settings[Key]
}

/** Every setting by its name: `relayUrl`, `voice.model`. */
export type SettingName = {
  [Key in keyof Settings]: Settings[Key] extends Fields ? `${Key}.${keyof Settings[Key] & string}` : Key
}[keyof Settings]

export type SettingValue<Name extends SettingName> = Name extends `${infer Group extends keyof Settings}.${infer Field}`
  ? Field extends keyof Settings[Group]
    ? Settings[Group][Field]
    : never
  : Name extends keyof Settings
    ? Settings[Name]
    : never

export type Fields = Readonly<Record<string, unknown>>

/** Those that have no default: the model's own holds while they are absent. */
const WITHOUT_DEFAULT = ['voice.temperature', 'sight.detail']

const KNOWN: ReadonlySet<string> = new Set([...fieldNames(DEFAULT_SETTINGS), ...WITHOUT_DEFAULT])

/** @returns the name of every field, `group.field` where it is in a group */
export function fieldNames(fields: Fields): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    isFields(value) ? Object.keys(value).map((field) => `${name}.${field}`) : [name],
  )
}

/** What `name` (`relayUrl`, `voice.model`) holds. */
export function fieldOf(fields: Fields, name: string): unknown {
  const [first = '', second] = name.split('.')
  const value = fields[first]
  if (second === undefined) return value
  return isFields(value) ? value[second] : undefined
}

/** What a setting is set to. */
export function settingOf<Name extends SettingName>(settings: Settings, name: Name): SettingValue<Name> {
  return fieldOf(settings, name) as SettingValue<Name>
}

/** Only the fields of these names. */
export function pickFields(fields: Fields, names: readonly string[]): Fields {
  return names.reduce<Fields>((picked, name) => overlay(picked, nested(name, fieldOf(fields, name))), {})
}

/** Whether this version has a setting of that name and `value` is one of its values. */
export function isReadable(name: string, value: unknown): boolean {
  if (!KNOWN.has(name)) return false
  const read = JSON.stringify(fieldOf(parseSettings(nested(name, value)), name))
  // What cannot be read becomes the default.
  return read === JSON.stringify(value) || read !== JSON.stringify(fieldOf(DEFAULT_SETTINGS, name))
}

/** `under` with the fields of `over`, group by group. */
export function overlay(under: Fields, over: Fields): Fields {
  const entries = Object.entries(over).map(([name, value]) => {
    const below = under[name]
    return [name, isFields(value) ? { ...(isFields(below) ? below : {}), ...value } : value] as const
  })
  return { ...under, ...Object.fromEntries(entries) }
}

/** The fields in which two settings differ, with what they hold in the second; undefined: not there any more. */
export function differences(before: Fields, after: Fields): Fields {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const entries = names.flatMap((name): [string, unknown][] => {
    const [old, now] = [before[name], after[name]]
    if (JSON.stringify(old) === JSON.stringify(now)) return []
    return [[name, isFields(old) && isFields(now) ? differences(old, now) : now]]
  })
  return Object.fromEntries(entries)
}

/** What is an object and no list: a group. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A change of one setting. */
export function changeOf<Name extends SettingName>(name: Name, value: SettingValue<Name>): SettingsChange {
  return nested(name, value)
}

function nested(name: string, value: unknown): Fields {
  const [first = '', second] = name.split('.')
  return { [first]: second === undefined ? value : { [second]: value } }
}
