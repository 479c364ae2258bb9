import { describe, expect, it } from 'vitest'
import { type VoiceSettings } from '../messaging/voice-settings.ts'
import { IDLE_VOICE_STATE, type VoiceState } from '../messaging/voice-state.ts'
import { MicrophoneSound } from './microphone-sound.ts'

const SETTINGS: VoiceSettings = {
  setup: {},
  keepTalking: false,
  talk: { mode: 'open', idlePauseMs: 0, sounds: true },
  microphone: { deviceId: '', echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  speaker: { deviceId: '', volume: 1, captionsOnly: false },
  sight: { width: 1024, quality: 0.7, pace: 'changes' },
}
const ON: VoiceState = { ...IDLE_VOICE_STATE, status: { name: 'listening' }, microphoneOpen: true }

function played(settings: VoiceSettings, ...states: VoiceState[]): ('on' | 'off')[] {
  const heard: ('on' | 'off')[] = []
  const sound = new MicrophoneSound(
    () => settings,
    ([first = 0, second = 0]) => heard.push(first < second ? 'on' : 'off'),
  )
  for (const state of states) sound.show(state)
  return heard
}

describe('MicrophoneSound', () => {
  it('is heard once at each opening and closing, also of who mutes', () => {
    expect(played(SETTINGS, ON, { ...ON, turns: [] }, { ...ON, microphoneOpen: false }, ON)).toEqual([
      'on',
      'off',
      'on',
    ])
  })

  it('is not heard at every hold', () => {
    const waiting: VoiceState = { ...ON, microphoneOpen: false, talk: { mode: 'hold', held: false } }
    const held: VoiceState = { ...ON, talk: { mode: 'hold', held: true } }
    expect(played(SETTINGS, waiting, held, waiting, { ...waiting, status: { name: 'idle' } })).toEqual(['on', 'off'])
  })

  it('is silent for who does not want it', () => {
    const quiet = { ...SETTINGS, talk: { ...SETTINGS.talk, sounds: false } }
    expect(played(quiet, ON, IDLE_VOICE_STATE)).toEqual([])
  })
})
