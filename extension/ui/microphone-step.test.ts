import { describe, expect, it } from 'vitest'
import { type MicrophoneStep, stepAfterFailure, stepAfterPermission } from './microphone-step.ts'

const step = (name: Exclude<MicrophoneStep['name'], 'live'>): MicrophoneStep => ({ name })
const live: MicrophoneStep = { name: 'live', device: 'Built-in' }

describe('stepAfterFailure', () => {
  it('tells a closed question from a refusal', () => {
    expect(stepAfterFailure('NotAllowedError', 'prompt')).toEqual(step('dismissed'))
    expect(stepAfterFailure('NotAllowedError', 'denied')).toEqual(step('denied'))
  })

  it('knows that Chrome is not the one who refuses when it had allowed it', () => {
    expect(stepAfterFailure('NotAllowedError', 'granted')).toEqual(step('blocked'))
  })

  it('tells a missing microphone from one that is held by another program', () => {
    expect(stepAfterFailure('NotFoundError', 'granted')).toEqual(step('missing'))
    expect(stepAfterFailure('NotReadableError', 'granted')).toEqual(step('busy'))
    expect(stepAfterFailure('AbortError', 'granted')).toEqual(step('busy'))
  })
})

describe('stepAfterPermission', () => {
  it('follows an allowance made in the settings, without a reload', () => {
    for (const name of ['denied', 'dismissed', 'prompt'] as const) {
      expect(stepAfterPermission('granted', step(name))).toEqual(step('allowed'))
    }
  })

  it('disturbs neither a running test nor a question being asked', () => {
    expect(stepAfterPermission('granted', live)).toBe(live)
    expect(stepAfterPermission('granted', step('asking'))).toEqual(step('asking'))
    expect(stepAfterPermission('prompt', step('asking'))).toEqual(step('asking'))
  })

  it('follows a withdrawal at once', () => {
    expect(stepAfterPermission('denied', live)).toEqual(step('denied'))
    expect(stepAfterPermission('prompt', live)).toEqual(step('prompt'))
  })
})
