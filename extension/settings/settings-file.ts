import { fieldNames, fieldOf, isFields, isReadable, overlay, pickFields, type SettingName } from './setting-fields.ts'
import { migrateSettings, parseSettings, type Settings, SETTINGS_VERSION } from './settings-schema.ts'

/** What tells the file from any other JSON. */
const KIND = 'aside-settings'

/** Devices are this computer's: elsewhere their names say nothing. */
const NOT_EXPORTED: readonly string[] = ['microphone.deviceId', 'speaker.deviceId']

/** More than the longest settings take; a bigger file is another one. Characters. */
const MOST_CHARACTERS = 200_000

export type SettingsImport =
  | {
      readonly ok: true
      readonly settings: Settings
      /** What becomes another. */
      readonly taken: readonly SettingName[]
      /** What the file names and this version cannot read. */
      readonly notTaken: readonly string[]
      /** It was written by a newer version. */
      readonly newer: boolean
    }
  | { readonly ok: false }

/** The settings as a file a person can keep, read and change. There are no secrets among them. */
export function settingsFile(settings: Settings, extensionVersion: string): string {
  const names = fieldNames(settings).filter((name) => !NOT_EXPORTED.includes(name))
  const file = {
    kind: KIND,
    version: SETTINGS_VERSION,
    extension: extensionVersion,
    settings: pickFields(settings, names),
  }
  return `${JSON.stringify(file, undefined, 2)}\n`
}

/**
 * Reads such a file over the settings as they are: what it does not name stays, and so does what cannot be read of it.
 * Never throws.
 */
export function readSettingsFile(text: string, present: Settings): SettingsImport {
  const file = text.length > MOST_CHARACTERS ? undefined : parseJson(text)
  if (!isFields(file) || file['kind'] !== KIND || typeof file['version'] !== 'number') return { ok: false }
  const named = migrateSettings(file['settings'], file['version'])
  if (!isFields(named)) return { ok: false }
  const names = fieldNames(named)
  const readable = names.filter((name) => isReadable(name, fieldOf(named, name)))
  const settings = parseSettings(overlay(present, pickFields(named, readable)))
  const isOther = (name: string) => JSON.stringify(fieldOf(settings, name)) !== JSON.stringify(fieldOf(present, name))
  return {
    ok: true,
    settings,
    taken: readable.filter(isOther) as readonly SettingName[],
    notTaken: names.filter((name) => !readable.includes(name)),
    newer: file['version'] > SETTINGS_VERSION,
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
