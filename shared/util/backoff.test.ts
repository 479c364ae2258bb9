import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fullJitterMs } from './backoff.ts'

const BACKOFF = { firstMs: 300, capMs: 10_000 }

describe('full jitter', () => {
  it('doubles its range with every failure up to the cap', () => {
    const longest = [0, 1, 2, 5, 6, 2000].map((failures) => fullJitterMs(failures, BACKOFF, () => 0.999_999))
    expect(longest).toEqual([299, 599, 1199, 9599, 9999, 9999])
    expect(fullJitterMs(9, BACKOFF, () => 0.5)).toBe(5000)
  })

  it('is a whole number of milliseconds within the cap', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const delayMs = fullJitterMs(failures, BACKOFF, () => random)
        expect(Number.isInteger(delayMs)).toBe(true)
        expect(delayMs).toBeGreaterThanOrEqual(0)
        expect(delayMs).toBeLessThan(BACKOFF.capMs)
      }),
    )
  })
})
