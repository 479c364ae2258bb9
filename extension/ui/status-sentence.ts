import { type VoiceState } from '../messaging/voice-state.ts'
import { type StateName } from './state-shape.ts'

/** A sentence in `locales/`; `device` is put into the one that names it. */
export type StatusSentence =
  | { readonly key: 'status.listeningThrough'; readonly device: string }
  | {
      readonly key:
        `status.${StateName}` | 'status.speakingMuted' | 'status.hold' | 'status.pausedQuiet' | 'status.pausedClosed'
      readonly device?: never
    }

/** What the status line says of a conversation that a panel shows as `name`. */
export function statusSentence(name: StateName, { status, muted, talk, device }: VoiceState): StatusSentence {
  const isHold = talk.mode === 'hold'
  if (status.name === 'idle' && status.paused !== undefined) {
    return { key: status.paused === 'quiet' ? 'status.pausedQuiet' : 'status.pausedClosed' }
  }
  if (name === 'muted' && isHold) return { key: 'status.hold' }
  if (name === 'speaking' && muted && !isHold) return { key: 'status.speakingMuted' }
  // Who is heard through another microphone than the chosen one may wonder why it sounds so.
  if (name === 'listening' && device?.substitute === true)
    return { key: 'status.listeningThrough', device: device.label }
  return { key: `status.${name}` }
}
