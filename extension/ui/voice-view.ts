import { type VoiceState } from '../messaging/voice-state.ts'
import { type StateName } from './state-shape.ts'

/** What the speaker of this page does; the relay's word for it is some hundred milliseconds early or late. */
export type Sound = 'silent' | 'playing' | 'finished'

/** What a panel shows of the conversation at a glance. */
export interface VoiceView {
  readonly name: StateName
  /** What pressing the round button does. */
  readonly press: 'start' | 'stop'
  /** The microphone's frames are being sent and count: the sign is lit exactly then. */
  readonly heard: boolean
  /** There is a conversation to mute, to share a tab with or to leave. */
  readonly inConversation: boolean
  readonly canSilence: boolean
}

/** Promises that "speaking" is shown while speech sounds, and at no other time. */
export function voiceView(state: VoiceState, sound: Sound): VoiceView {
  const name = stateName(state, sound)
  const inConversation = name !== 'idle' && name !== 'error'
  return {
    name,
    press: inConversation ? 'stop' : 'start',
    heard: state.microphoneOpen && !state.muted,
    inConversation,
    canSilence: name === 'speaking',
  }
}

function stateName(state: VoiceState, sound: Sound): StateName {
  const { name } = state.status
  if (name !== 'listening' && name !== 'thinking' && name !== 'speaking') return name
  if (sound === 'playing') return 'speaking'
  // The relay says "speaking" before the first sound is out and until it has heard that the last one was.
  const waits = name === 'thinking' || (name === 'speaking' && sound === 'silent')
  if (waits) return 'thinking'
  return state.muted ? 'muted' : 'listening'
}
