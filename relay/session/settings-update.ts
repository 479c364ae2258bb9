import { type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type LiveCapabilities } from '../live/live-model.ts'

type Known = Pick<LiveCapabilities, 'unsupported' | 'voices'>

export interface SettingsUpdate {
  readonly setup: SessionSetup
  readonly answer: ServerMessageOf<'session.updated'>
}

/** The relay itself keeps to these; everything else is the brain's and counts from the next pause on. */
const APPLIED_AT_ONCE: ReadonlySet<string> = new Set<keyof SessionSetup>(['captions', 'temporary'])

/** Puts new settings over the present ones and says what becomes of each. Pure. */
export function updateSettings(
  present: SessionSetup,
  change: SessionSetup,
  capabilities: Known,
  model: string,
): SettingsUpdate {
  const fields = Object.keys(change) as (keyof SessionSetup)[]
  const refused = fields.flatMap((field) => {
    const reason = refusal(field, present, change, capabilities, model)
    return reason === undefined ? [] : [{ field, reason }]
  })
  const taken = fields.filter((name) => !refused.some(({ field }) => field === name))
  const setup = { ...present, ...Object.fromEntries(taken.map((field) => [field, change[field]])) }
  const answer: SettingsUpdate['answer'] = {
    type: 'session.updated',
    applied: taken.filter((field) => APPLIED_AT_ONCE.has(field)),
    deferred: taken.filter((field) => !APPLIED_AT_ONCE.has(field)),
    refused,
  }
  return { setup, answer }
}

function refusal(
  field: keyof SessionSetup,
  present: SessionSetup,
  change: SessionSetup,
  { unsupported, voices }: Known,
  model: string,
): string | undefined {
  if (unsupported.includes(field)) return `${model} has no such setting.`
  // A brain that is asked for another voice hangs up, and goes on hanging up.
  const { voice } = change
  if (field === 'voice' && voice !== undefined && !voices.includes(voice)) return `${model} has no voice “${voice}”.`
  // What is stored is stored; what never was cannot be found later.
  const isOtherKind = field === 'temporary' && (change.temporary ?? false) !== (present.temporary ?? false)
  return isOtherKind ? 'Whether a conversation is kept is decided when it starts.' : undefined
}

/** Whether a brain that was asked with `asked` would be asked otherwise with `now`. */
export function concernsBrain(asked: SessionSetup, now: SessionSetup): boolean {
  return asked !== now && Object.keys(changedSettings(asked, now)).some((field) => !APPLIED_AT_ONCE.has(field))
}

/** @returns the settings of `next` that differ from those of `present`; what `next` does not name stays */
export function changedSettings(present: SessionSetup, next: SessionSetup): SessionSetup {
  const isChanged = (field: keyof SessionSetup) => JSON.stringify(next[field]) !== JSON.stringify(present[field])
  const fields = (Object.keys(next) as (keyof SessionSetup)[]).filter(isChanged)
  return Object.fromEntries(fields.map((field) => [field, next[field]]))
}
