import { describe, expect, it } from 'vitest'
import english from '../locales/en.json' with { type: 'json' }
import { IDLE_VOICE_STATE, type SharingState, type VoiceProblem, type VoiceState } from '../messaging/voice-state.ts'
import { problemDetail, problemNotice } from './problem-notice.ts'

const FINE = { commandLost: false, elsewhere: false, soundBlocked: false }
const LISTENING: VoiceState = { ...IDLE_VOICE_STATE, status: { name: 'listening' } }

const VOICE_PROBLEMS: Readonly<Record<VoiceProblem, string>> = {
  'microphone-not-granted': 'open-microphone-step',
  'microphone-denied': 'open-microphone-step',
  'microphone-blocked': 'open-microphone-step',
  'microphone-missing': 'start-again',
  'microphone-lost': 'start-again',
  'relay-unreachable': 'open-connection',
  'relay-refused': 'open-connection',
  'brain-unavailable': 'start-again',
  superseded: 'start-again',
  internal: 'start-again',
}
const SHARING_PROBLEMS: Readonly<Record<NonNullable<SharingState['problem']>, string>> = {
  'permission-needed': 'allow-tabs',
  'page-not-capturable': 'share-again',
  'capture-failed': 'share-again',
  'site-changed': 'share-again',
  'site-excluded': 'open-sight',
  'camera-denied': 'open-camera-step',
  'camera-missing': 'share-again',
  'screen-ended': 'share-again',
}

function inEnglish(key: string): unknown {
  return key.split('.').reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], english)
}

describe('problemNotice', () => {
  it('says nothing when all is well', () => {
    expect(problemNotice(LISTENING, FINE)).toBeUndefined()
    expect(problemNotice(IDLE_VOICE_STATE, { ...FINE, elsewhere: true })).toBeUndefined()
  })

  it.each(Object.entries(VOICE_PROBLEMS))('%s has its own sentence and is mended by %s', (problem, remedy) => {
    const state: VoiceState = { ...LISTENING, status: { name: 'error', problem: problem as VoiceProblem } }
    const notice = problemNotice(state, FINE)
    expect(notice?.remedy).toBe(remedy)
    expect(inEnglish(notice?.sentence ?? '')).toMatch(/^[A-Z].*[.]$/)
    expect(inEnglish(notice?.button ?? '')).toMatch(/^[A-Z]/)
  })

  it.each(Object.entries(SHARING_PROBLEMS))('sharing: %s is mended by %s', (problem, remedy) => {
    const sharing = { problem: problem as NonNullable<SharingState['problem']> }
    const notice = problemNotice({ ...LISTENING, sharing }, FINE)
    expect(notice?.remedy).toBe(remedy)
    expect(inEnglish(notice?.sentence ?? '')).toMatch(/^[A-Z].*[.]$/)
  })

  it('gives every problem a sentence of its own', () => {
    const sentences = Object.keys(VOICE_PROBLEMS).map(
      (problem) =>
        problemNotice({ ...LISTENING, status: { name: 'error', problem: problem as VoiceProblem } }, FINE)?.sentence,
    )
    expect(new Set(sentences).size).toBe(sentences.length)
  })

  it('shows what keeps the panel from working before what the eye misses', () => {
    const sharing = { problem: 'capture-failed' } as const
    const state: VoiceState = { ...LISTENING, sharing }
    expect(problemNotice(state, { ...FINE, soundBlocked: true })?.remedy).toBe('allow-sound')
    expect(problemNotice(state, { ...FINE, soundBlocked: true, elsewhere: true })?.remedy).toBe('take-back')
    expect(problemNotice(state, { ...FINE, elsewhere: true, commandLost: true })?.remedy).toBe('repeat-command')
  })
})

describe('problemDetail', () => {
  it('passes on what a relay said, and spares people what browsers say about microphones', () => {
    const status = { name: 'error', problem: 'relay-refused', detail: 'Pair this browser again.' } as const
    expect(problemDetail(status)).toBe('Pair this browser again.')
    expect(problemDetail({ ...status, detail: '' })).toBeUndefined()
    expect(problemDetail({ ...status, problem: 'microphone-denied', detail: 'Permission dismissed' })).toBeUndefined()
    expect(problemDetail({ name: 'listening' })).toBeUndefined()
  })
})
