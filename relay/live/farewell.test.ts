import { describe, expect, it } from 'vitest'
import { causeOf, mayRepeat, nextStep, type Cause, type Phase } from './farewell.ts'

/** Every close that was seen in the wild (texts as reported), without and with a handle in the setup. */
const SEEN: readonly (readonly [code: number, reason: string, phase: Phase, fresh: Cause, resumed: Cause])[] = [
  [1000, '', 'live', 'line', 'line'],
  [1005, '', 'live', 'line', 'line'],
  [1006, '', 'live', 'line', 'line'],
  [1006, 'connect ECONNREFUSED 127.0.0.1:1', 'setup', 'line', 'line'],
  [1006, 'The operation was aborted.', 'live', 'line', 'line'],
  [1011, 'Deadline expired before operation could complete.', 'live', 'line', 'line'],
  [1011, 'Internal error encountered.', 'live', 'service', 'service'],
  [1011, 'The service is currently unavailable.', 'setup', 'service', 'service'],
  [1011, 'Thread was cancelled when writing StartStep', 'live', 'service', 'service'],
  [1006, 'Unexpected server response: 503', 'setup', 'service', 'service'],
  [1011, 'You exceeded your current quota, please check your plan and billing details.', 'setup', 'quota', 'quota'],
  [1011, 'RESOURCE_EXHAUSTED', 'live', 'quota', 'quota'],
  [1006, 'Unexpected server response: 429', 'setup', 'quota', 'quota'],
  [1007, 'Request contains an invalid argument.', 'setup', 'request', 'handle'],
  [1007, 'Request contains an invalid argument.', 'live', 'request', 'request'],
  [1007, 'Cannot extract voices from a non-audio request.', 'setup', 'request', 'handle'],
  [1007, 'API key not valid. Please pass a valid API key.', 'setup', 'key', 'key'],
  [1008, 'Your API key was reported as leaked. Please use another API key.', 'setup', 'key', 'key'],
  [1008, 'Method doesn’t allow unregistered callers', 'setup', 'key', 'key'],
  [1006, 'Unexpected server response: 403', 'setup', 'key', 'key'],
  [
    1008,
    'models/x is not found for API version v1beta, or is not supported for bidiGenerateContent. Call …',
    'setup',
    'model',
    'model',
  ],
  [1008, 'Operation is not implemented, or supported, or enabled.', 'live', 'passing', 'passing'],
  [1008, 'Requested entity was not found.', 'live', 'passing', 'passing'],
  [1008, 'BidiGenerateContent session not found', 'setup', 'passing', 'handle'],
  [1006, 'no answer to the setup within 10 s', 'setup', 'silence', 'silence'],
  [4711, 'never seen', 'live', 'line', 'line'],
]

describe('causeOf', () => {
  it.each(SEEN)('%i “%s” at %s', (code, reason, phase, fresh, resumed) => {
    expect(causeOf({ code, reason }, phase, false)).toBe(fresh)
    expect(causeOf({ code, reason }, phase, true)).toBe(resumed)
  })
})

describe('nextStep', () => {
  const later = { when: 'later', route: 'same', keepsHandle: true } as const
  it.each([
    // cause, phase, with handle, failures in a row → what is done
    ['line', 'live', true, 1, later],
    ['line', 'setup', true, 1, later],
    ['line', 'setup', true, 3, { ...later, route: 'next model', keepsHandle: false }],
    ['service', 'live', true, 1, later],
    ['service', 'setup', true, 1, { ...later, keepsHandle: false }],
    ['service', 'setup', false, 2, { ...later, route: 'next model' }],
    ['silence', 'setup', true, 1, { ...later, keepsHandle: false }],
    ['silence', 'setup', false, 2, { ...later, route: 'next model' }],
    ['passing', 'live', true, 1, later],
    ['passing', 'setup', true, 2, { ...later, keepsHandle: false }],
    ['passing', 'setup', false, 3, { ...later, when: 'never' }],
    ['handle', 'setup', true, 1, { when: 'now', route: 'same', keepsHandle: false }],
    ['request', 'setup', false, 1, { when: 'never', route: 'same', keepsHandle: false }],
    ['request', 'live', true, 1, { when: 'later', route: 'same', keepsHandle: false }],
    ['key', 'setup', false, 1, { when: 'now', route: 'next key', keepsHandle: true }],
    ['quota', 'live', true, 1, { when: 'now', route: 'next key', keepsHandle: true }],
    ['model', 'setup', false, 1, { when: 'now', route: 'next model', keepsHandle: true }],
  ] as const)('%s at %s (handle: %s, failure %i)', (cause, phase, usedHandle, failures, expected) => {
    expect(nextStep(cause, phase, usedHandle, failures)).toEqual(expected)
  })

  it('never says again what may have been the reason', () => {
    expect(mayRepeat('request')).toBe(false)
    expect(mayRepeat('line')).toBe(true)
  })
})
