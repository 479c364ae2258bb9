import { describe, expect, it } from 'vitest'
import { microphoneProblem } from './microphone-problem.ts'

describe('microphoneProblem', () => {
  it.each([
    ['NotAllowedError', 'prompt', 'microphone-not-granted'],
    ['NotAllowedError', 'denied', 'microphone-denied'],
    // Granted, and refused all the same: the system withholds it.
    ['NotAllowedError', 'granted', 'microphone-blocked'],
    ['NotFoundError', 'granted', 'microphone-missing'],
    ['OverconstrainedError', 'granted', 'microphone-missing'],
    ['NotReadableError', 'granted', 'microphone-lost'],
    ['AbortError', 'granted', 'microphone-lost'],
  ] as const)('%s with permission %s is %s', (name, permission, problem) => {
    expect(microphoneProblem(new DOMException('', name), permission)).toBe(problem)
  })

  it('takes anything else for a microphone that broke', () => {
    expect(microphoneProblem(new TypeError('?'), 'granted')).toBe('microphone-lost')
  })
})
