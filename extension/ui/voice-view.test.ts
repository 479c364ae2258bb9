import { describe, expect, it } from 'vitest'
import { IDLE_VOICE_STATE, type VoiceState, type VoiceStatus } from '../messaging/voice-state.ts'
import { type Sound, voiceView } from './voice-view.ts'

const SOUNDS: readonly Sound[] = ['none', 'waiting', 'playing', 'finished']
const STATUSES: readonly VoiceStatus[] = [
  { name: 'idle' },
  { name: 'connecting' },
  { name: 'listening' },
  { name: 'thinking' },
  { name: 'speaking' },
  { name: 'reconnecting' },
  { name: 'error', problem: 'internal' },
]

function stateOf(status: VoiceStatus, rest: Partial<VoiceState> = {}): VoiceState {
  return { ...IDLE_VOICE_STATE, microphoneOpen: true, ...rest, status }
}

describe('voiceView', () => {
  it('says "speaking" while speech sounds here or, with nothing to play here, where the conversation says so', () => {
    for (const status of STATUSES) {
      for (const sound of SOUNDS) {
        const speaking = voiceView(stateOf(status), sound).name === 'speaking'
        const inTurn = ['listening', 'thinking', 'speaking'].includes(status.name)
        const elsewhere = sound === 'none' && status.name === 'speaking'
        expect(speaking, `${status.name}, ${sound}`).toBe((sound === 'playing' && inTurn) || elsewhere)
      }
    }
  })

  it('waits as "thinking" before the first sound and listens after the last', () => {
    expect(voiceView(stateOf({ name: 'speaking' }), 'waiting').name).toBe('thinking')
    expect(voiceView(stateOf({ name: 'speaking' }), 'finished').name).toBe('listening')
    expect(voiceView(stateOf({ name: 'speaking' }, { muted: true }), 'finished').name).toBe('muted')
  })

  it('shows "muted" where it would listen', () => {
    expect(voiceView(stateOf({ name: 'listening' }, { muted: true }), 'waiting').name).toBe('muted')
    expect(voiceView(stateOf({ name: 'thinking' }, { muted: true }), 'waiting').name).toBe('thinking')
  })

  it('lights the microphone sign exactly when frames are sent and count', () => {
    for (const status of STATUSES) {
      for (const microphoneOpen of [true, false]) {
        for (const muted of [true, false]) {
          const view = voiceView(stateOf(status, { microphoneOpen, muted }), 'waiting')
          expect(view.heard).toBe(microphoneOpen && !muted)
        }
      }
    }
  })

  it('is as good as muted while it waits to be held, and listens while it is', () => {
    const hold = (held: boolean, microphoneOpen = held) =>
      voiceView(stateOf({ name: 'listening' }, { talk: { mode: 'hold', held }, microphoneOpen }), 'waiting')
    expect([hold(false).name, hold(false).heard]).toEqual(['muted', false])
    expect([hold(true).name, hold(true).heard]).toEqual(['listening', true])
    // The last syllable after letting go is still sent, and the sign says so.
    expect(hold(false, true).heard).toBe(true)
    const open = stateOf({ name: 'listening' }, { talk: { mode: 'open', held: true }, muted: true })
    expect([voiceView(open, 'waiting').name, voiceView(open, 'waiting').heard]).toEqual(['listening', true])
  })

  it('can stop an answer that is heard or on its way, and nothing else', () => {
    const stoppable = STATUSES.filter((status) => voiceView(stateOf(status), 'none').canSilence)
    expect(stoppable.map(({ name }) => name)).toEqual(['thinking', 'speaking'])
  })

  it('starts from rest and from trouble, and stops from anything else', () => {
    const presses = STATUSES.map((status) => voiceView(stateOf(status), 'waiting').press)
    expect(presses).toEqual(['start', 'stop', 'stop', 'stop', 'stop', 'stop', 'start'])
  })
})
