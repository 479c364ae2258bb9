import { describe, expect, it } from 'vitest'
import { updateSettings } from './settings-update.ts'

const capabilities = { unsupported: ['affective', 'proactive'] } as const

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

  it.each([
    [{}, true],
    [{ temporary: true }, false],
  ])('keeps or forgets a conversation as it began (%j)', (present, temporary) => {
    const { setup, answer } = updateSettings(present, { temporary }, capabilities, 'gemini-3.8-live')
    expect(setup).toEqual(present)
    expect(answer).toMatchObject({ applied: [], deferred: [], refused: [{ field: 'temporary' }] })
  })
})
