import { describe, expect, it } from 'vitest'
import { sinceWhen } from './consequences.ts'

const TAKEN = {
  applied: ['captions'],
  deferred: ['turnTaking', 'voice'],
  refused: [{ field: 'temperature', reason: 'local has no such setting.' }],
  later: ['temporary'],
}

describe('sinceWhen', () => {
  it.each([
    ['talk.silenceMs', { name: 'pause' }],
    ['talk.mode', { name: 'pause' }],
    ['voice.name', { name: 'pause' }],
    ['temporary', { name: 'next' }],
    ['voice.temperature', { name: 'refused', reason: 'local has no such setting.' }],
  ] as const)('says what the relay answered about %s', (name, since) => {
    expect(sinceWhen(name, TAKEN)).toEqual(since)
    expect(
      sinceWhen(name, { ...TAKEN, applied: ['turnTaking', 'voice', 'temporary', 'temperature'], later: [] }),
    ).toEqual({
      name: 'now',
    })
  })

  it('says nothing about what the relay did not speak of, or has no say in', () => {
    expect(sinceWhen('voice.persona', TAKEN)).toBeUndefined()
    expect(sinceWhen('speaker.volume', TAKEN)).toBeUndefined()
  })
})
