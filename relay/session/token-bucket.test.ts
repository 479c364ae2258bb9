import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

describe('a token bucket', () => {
  it('gives a burst, then what comes back', () => {
    const bucket = new TokenBucket({ perSecond: 10, capacity: 20 }, 0)
    expect(bucket.take(20, 0)).toBe(true)
    expect(bucket.take(1, 0)).toBe(false)
    expect(bucket.take(1, 100)).toBe(true)
    expect(bucket.take(1, 150)).toBe(false)
  })

  it('may begin with more than it can hold later', () => {
    const bucket = new TokenBucket({ perSecond: 10, capacity: 20, initial: 50 }, 0)
    expect(bucket.take(50, 0)).toBe(true)
    expect(bucket.take(21, 60_000)).toBe(false)
    expect(bucket.take(20, 60_000)).toBe(true)
  })

  it('never gives more than its burst and its rate allow', () => {
    const step = fc.record({ amount: fc.integer({ min: 1, max: 30 }), waitMs: fc.integer({ min: 0, max: 500 }) })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const bucket = new TokenBucket({ perSecond: 40, capacity: 50 }, 0)
        let now = 0
        let taken = 0
        for (const { amount, waitMs } of steps) {
          now += waitMs
          if (bucket.take(amount, now)) taken += amount
          expect(taken).toBeLessThanOrEqual(50 + (now / 1000) * 40 + 1e-6)
        }
      }),
    )
  })
})
