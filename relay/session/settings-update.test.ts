import { describe, expect, it } from 'vitest'
import { concernsBrain, updateSettings } from './settings-update.ts'

const capabilities = { unsupported: ['affective', 'proactive'], voices: ['Kore', 'Puck'] } as const

describe('updateSettings', () => {
  it('says of every field what becomes of it', () => {
    const present = { voice: 'Kore', brevity: 'short' } as const
    const change = { voice: 'Puck', captions: { input: false, output: true }, affective: true } as const
    expect(updateSettings(present, change, capabilities, 'gemini-3.8-live')).toEqual({
      setup: { voice: 'Puck', brevity: 'short', captions: { input: false, output: true } },
      answer: {
        type: 'session.updated',
        applied: ['captions'],
        deferred: ['voice'],
        refused: [{ field: 'affective', reason: 'gemini-3.8-live has no such setting.' }],
      },
    })
  })

  it('does not ask a brain for a voice that it does not have', () => {
    const { setup, answer } = updateSettings({ voice: 'Kore' }, { voice: 'puck' }, capabilities, 'gemini-3.8-live')
    expect(setup).toEqual({ voice: 'Kore' })
    expect(answer.refused).toEqual([{ field: 'voice', reason: 'gemini-3.8-live has no voice “puck”.' }])
  })

  it.each([
    [{}, true],
    [{ temporary: true }, false],
  ])('keeps or forgets a conversation as it began (%j)', (present, temporary) => {
    const { setup, answer } = updateSettings(present, { temporary }, capabilities, 'gemini-3.8-live')
    expect(setup).toEqual(present)
    expect(answer).toMatchObject({ applied: [], deferred: [], refused: [{ field: 'temporary' }] })
  })
})

describe('concernsBrain', () => {
  it.each([
    [{ voice: 'Kore' }, { voice: 'Kore', captions: { input: false, output: true } }, false],
    [{ turnTaking: { mode: 'auto', silenceMs: 500 } }, { turnTaking: { mode: 'auto', silenceMs: 500 } }, false],
    [{ turnTaking: { mode: 'auto' } }, { turnTaking: { mode: 'manual' } }, true],
    [{}, { voice: 'Puck' }, true],
  ] as const)('of %j and %j: %s', (asked, now, expected) => {
    expect(concernsBrain(asked, now)).toBe(expected)
  })
})
