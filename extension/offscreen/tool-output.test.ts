import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitToolOutput } from './tool-output.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length

describe('fitToolOutput', () => {
  it('leaves alone what fits', () => {
    const output = { title: 'T', text: 'short', truncated: false }
    expect(fitToolOutput(output)).toBe(output)
  })

  it('cuts the longest text as little as possible, whatever it is made of', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('a', 'ä', '猫', '🦫', '"', '\n'),
        fc.integer({ min: 15_000, max: 40_000 }),
        (unit, n) => {
          const text = unit.repeat(n)
          const fitted = fitToolOutput({ title: 'T', text })
          if (bytes({ title: 'T', text }) <= 65_536) return
          expect(bytes(fitted)).toBeLessThanOrEqual(65_536)
          expect(bytes(fitted)).toBeGreaterThan(65_536 - 16)
          expect(fitted).toMatchObject({ title: 'T', truncated: true })
          expect(text.startsWith(String(fitted?.['text']))).toBe(true)
          expect(String(fitted?.['text']).isWellFormed()).toBe(true)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('gives up when no text is to blame', () => {
    expect(fitToolOutput({ numbers: Array.from({ length: 40_000 }, (_, index) => index) })).toBeUndefined()
  })
})
