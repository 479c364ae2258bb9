import {
  type Fields,
  fieldNames,
  fieldOf,
  isFields,
  isReadable,
  overlay,
  pickFields,
  type SettingsChange,
} from './setting-fields.ts'
import { parseSettings, type Settings } from './settings-schema.ts'

export interface ManagedSettings {
  /** What holds. */
  readonly settings: Settings
  /** What the organisation set, by name (`relayUrl`, `voice.model`): it cannot be changed here. */
  readonly locked: ReadonlySet<string>
  /** Sites the organisation excluded: a person may add others, and not take these away. */
  readonly sites: readonly string[]
}

/** The one setting that is added to instead of being replaced. */
const SITES = 'sight.excludedSites'

/**
 * Puts what an organisation set over what a person chose. A value that is none is passed over. Pure.
 *
 * @param policy `storage.managed`, shaped like the settings (`public/managed-schema.json`)
 */
export function withManaged(own: Settings, policy: unknown): ManagedSettings {
  const set = isFields(policy) ? policy : {}
  const sites = parseSettings(set).sight.excludedSites
  const locked = lockedNames(set)
  const excludedSites = [...new Set([...sites, ...own.sight.excludedSites])]
  const settings = overlay(overlay(own, pickFields(set, locked)), { sight: { excludedSites } })
  return { settings: parseSettings(settings), locked: new Set(locked), sites }
}

/** What of a change is a person's own. */
export function withoutManaged(change: SettingsChange, policy: unknown): SettingsChange {
  const set = isFields(policy) ? policy : {}
  const locked = lockedNames(set)
  const { sites } = withManaged(parseSettings({}), set)
  const own = pickFields(
    change,
    fieldNames(change).filter((name) => !locked.includes(name)),
  )
  const chosen = change.sight?.excludedSites
  if (chosen === undefined) return own
  return overlay(own, { sight: { excludedSites: chosen.filter((site) => !sites.includes(site)) } })
}

function lockedNames(set: Fields): readonly string[] {
  return fieldNames(set).filter((name) => name !== SITES && isReadable(name, fieldOf(set, name)))
}
