import { type SettingsTaken } from '../messaging/voice-channel.ts'

/** What a person is told of a change during a conversation: the worst first. Undefined: it counts already. */
export function settingsSentence({
  refused,
  later,
  deferred,
}: SettingsTaken): 'settingsOutcome.refused' | 'settingsOutcome.later' | 'settingsOutcome.deferred' | undefined {
  if (refused.length > 0) return 'settingsOutcome.refused'
  if (later.length > 0) return 'settingsOutcome.later'
  return deferred.length > 0 ? 'settingsOutcome.deferred' : undefined
}
