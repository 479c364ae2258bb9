import { type SessionSetup } from '../../shared/protocol/session-setup.ts'

export interface SetupChange {
  /** What a running conversation can be told. */
  readonly change: SessionSetup
  /** What only the next one can have. */
  readonly later: readonly (keyof SessionSetup)[]
}

/** The tools are the browser's own, and do not change by a setting. */
const NO_SETTINGS: ReadonlySet<string> = new Set<keyof SessionSetup>(['browserTools'])
/** Decided when a conversation begins. */
const AT_THE_START: ReadonlySet<string> = new Set<keyof SessionSetup>(['temporary'])

/** What of another choice of settings a conversation that began with `before` can be told, and what not. Pure. */
export function setupChange(before: SessionSetup, after: SessionSetup): SetupChange {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof SessionSetup)[]
  const changed = fields.filter(
    (field) => !NO_SETTINGS.has(field) && JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  )
  // There is no word for "as if it had never been asked for".
  const isLater = (field: keyof SessionSetup) => AT_THE_START.has(field) || after[field] === undefined
  return {
    change: Object.fromEntries(changed.filter((field) => !isLater(field)).map((field) => [field, after[field]])),
    later: changed.filter(isLater),
  }
}
