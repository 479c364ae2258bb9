import { describe, expect, it } from 'vitest'
import { IDLE_VOICE_STATE, type VoiceState } from '../messaging/voice-state.ts'
import { statusSentence } from './status-sentence.ts'

const listening = (change: Partial<VoiceState>): VoiceState => ({
  ...IDLE_VOICE_STATE,
  status: { name: 'listening' },
  ...change,
})
const HOLD: Partial<VoiceState> = { talk: { mode: 'hold', held: false } }

describe('statusSentence', () => {
  it('says why a conversation waits', () => {
    const idle = (paused: 'quiet' | 'panel-closed') => listening({ status: { name: 'idle', paused } })
    expect(statusSentence('idle', idle('quiet')).key).toBe('status.pausedQuiet')
    expect(statusSentence('idle', idle('panel-closed')).key).toBe('status.pausedClosed')
    expect(statusSentence('idle', IDLE_VOICE_STATE).key).toBe('status.idle')
  })

  it('says what to hold, and who is muted, each to the one it is true for', () => {
    expect(statusSentence('muted', listening(HOLD)).key).toBe('status.hold')
    expect(statusSentence('muted', listening({ muted: true })).key).toBe('status.muted')
    expect(statusSentence('speaking', listening({ muted: true })).key).toBe('status.speakingMuted')
    expect(statusSentence('speaking', listening(HOLD)).key).toBe('status.speaking')
  })

  it('names the microphone that stands in for the chosen one', () => {
    const device = (substitute: boolean) => listening({ device: { label: 'Built-in', substitute } })
    expect(statusSentence('listening', device(true))).toEqual({ key: 'status.listeningThrough', device: 'Built-in' })
    expect(statusSentence('listening', device(false)).key).toBe('status.listening')
    expect(statusSentence('thinking', device(true)).key).toBe('status.thinking')
  })
})
