import { type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type LiveCapabilities } from '../live/live-model.ts'

export interface SettingsUpdate {
  readonly setup: SessionSetup
  readonly answer: ServerMessageOf<'session.updated'>
}

/** The relay itself keeps to these; everything else is the brain's and counts from its next connection on. */
const APPLIED_AT_ONCE: ReadonlySet<string> = new Set<keyof SessionSetup>(['captions', 'temporary'])

/** Puts new settings over the present ones and says what becomes of each. Pure. */
export function updateSettings(
  present: SessionSetup,
  change: SessionSetup,
  capabilities: LiveCapabilities,
  model: string,
): SettingsUpdate {
  const fields = Object.keys(change) as (keyof SessionSetup)[]
  const refusedFields = fields.filter((field) => capabilities.unsupported.includes(field))
  const taken = fields.filter((field) => !refusedFields.includes(field))
  const setup = { ...present, ...Object.fromEntries(taken.map((field) => [field, change[field]])) }
  const answer: SettingsUpdate['answer'] = {
    type: 'session.updated',
    applied: taken.filter((field) => APPLIED_AT_ONCE.has(field)),
    deferred: taken.filter((field) => !APPLIED_AT_ONCE.has(field)),
    refused: refusedFields.map((field) => ({ field, reason: `${model} has no such setting.` })),
  }
  return { setup, answer }
}
