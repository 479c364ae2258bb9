import { type VoiceState } from '../messaging/voice-state.ts'
import { type StateName } from './state-shape.ts'

/**
 * What the speaker of this page does with the newest speech: it was given none, has it and is still silent, is heard, or is
 * through with it. The conversation's own word for it is some hundred milliseconds early or late.
 */
export type Sound = 'none' | 'waiting' | 'playing' | 'finished'

/** What a panel shows of the conversation at a glance. */
export interface VoiceView {
  readonly name: StateName
  /** What pressing the round button does. */
  readonly press: 'start' | 'stop'
  /** The microphone's frames are being sent and count: the sign is lit exactly then. */
  readonly heard: boolean
  /** There is a conversation to mute, to share a tab with or to leave. */
  readonly inConversation: boolean
  /** There is an answer to stop: heard, or on its way. */
  readonly canSilence: boolean
}

/**
 * Promises that "speaking" is shown while speech sounds here, and at no other time; when another page plays it (sound
 * `none`), the conversation's word is taken.
 */
export function voiceView(state: VoiceState, sound: Sound): VoiceView {
  const name = stateName(state, sound)
  const inConversation = name !== 'idle' && name !== 'error'
  return {
    name,
    press: inConversation ? 'stop' : 'start',
    // Not `isUnheard`: the last syllable is still sent when the button was let go.
    heard: state.microphoneOpen && (state.talk.held || !state.muted),
    inConversation,
    canSilence: name === 'speaking' || name === 'thinking',
  }
}

function stateName(state: VoiceState, sound: Sound): StateName {
  const { name } = state.status
  if (name !== 'listening' && name !== 'thinking' && name !== 'speaking') return name
  if (sound === 'playing') return 'speaking'
  if (name === 'speaking' && sound === 'none') return 'speaking'
  // A conversation speaks from the first frame of speech until it is told that the last one was heard.
  if (name === 'thinking' || (name === 'speaking' && sound === 'waiting')) return 'thinking'
  return isUnheard(state) ? 'muted' : 'listening'
}

/** Nothing is sent until the person unmutes, or holds. */
function isUnheard({ muted, talk }: VoiceState): boolean {
  return !talk.held && (muted || talk.mode === 'hold')
}
