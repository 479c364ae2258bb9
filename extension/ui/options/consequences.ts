import { type SessionSetup } from '../../../shared/protocol/session-setup.ts'
import { type SettingName } from '../../settings/setting-fields.ts'
import { type SettingsTaken } from '../../messaging/voice-channel.ts'

/** From when on a change counts. */
export type Since = { readonly name: 'now' | 'pause' | 'next' } | { readonly name: 'refused'; readonly reason: string }

/** The settings that the relay has a say in, by its own names. The others are this browser's, and count at once. */
const SETUP_FIELDS: Readonly<Partial<Record<SettingName, keyof SessionSetup>>> = {
  temporary: 'temporary',
  'talk.mode': 'turnTaking',
  'talk.silenceMs': 'turnTaking',
  'talk.interruptible': 'turnTaking',
  'voice.model': 'model',
  'voice.name': 'voice',
  'voice.language': 'language',
  'voice.persona': 'persona',
  'voice.brevity': 'brevity',
  'voice.temperature': 'temperature',
  'voice.affective': 'affective',
  'voice.proactive': 'proactive',
  'sight.detail': 'mediaResolution',
}

/** What a running conversation answered about a setting that was just changed; undefined: nothing. Pure. */
export function sinceWhen(name: SettingName, taken: SettingsTaken): Since | undefined {
  const field = SETUP_FIELDS[name]
  if (field === undefined) return undefined
  if (taken.later.includes(field)) return { name: 'next' }
  if (taken.applied.includes(field)) return { name: 'now' }
  if (taken.deferred.includes(field)) return { name: 'pause' }
  const refusal = taken.refused.find((refused) => refused.field === field)
  return refusal === undefined ? undefined : { name: 'refused', reason: refusal.reason }
}
