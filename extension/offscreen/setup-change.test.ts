import { describe, expect, it } from 'vitest'
import { setupChange } from './setup-change.ts'

const TURNS = { mode: 'auto', silenceMs: 700, interruptible: true } as const

describe('setupChange', () => {
  it('names the fields that are others now, whole', () => {
    const patient = { ...TURNS, silenceMs: 2000 }
    expect(setupChange({ voice: 'Kore', turnTaking: TURNS }, { voice: 'Kore', turnTaking: patient })).toEqual({
      change: { turnTaking: patient },
      later: [],
    })
    expect(setupChange({ brevity: 'short' }, { brevity: 'short', language: 'de' }).change).toEqual({ language: 'de' })
  })

  it('leaves for the next conversation what this one cannot be told', () => {
    expect(setupChange({ voice: 'Kore' }, {})).toEqual({ change: {}, later: ['voice'] })
    expect(setupChange({}, { temporary: true })).toEqual({ change: {}, later: ['temporary'] })
  })

  it('lets the tools alone', () => {
    const tool = { name: 'read_page', description: '', parameters: {}, effect: 'read', timeoutMs: 1000 } as const
    expect(setupChange({ browserTools: [tool] }, {})).toEqual({ change: {}, later: [] })
  })
})
