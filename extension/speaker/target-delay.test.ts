import { describe, expect, it } from 'vitest'
import { TargetDelay } from './target-delay.ts'

describe('TargetDelay', () => {
  it('waits hardly at all on a quiet line', () => {
    expect(new TargetDelay().ms).toBe(10)
  })

  it('grows at once, above the worst it saw, and never beyond half a second', () => {
    const delay = new TargetDelay()
    delay.observe(100)
    expect(delay.ms).toBeGreaterThan(100)
    expect(delay.ms).toBeLessThan(150)
    delay.observe(900)
    expect(delay.ms).toBe(500)
  })

  it('ignores chunks that come early', () => {
    const delay = new TargetDelay()
    delay.observe(-5000)
    expect(delay.ms).toBe(10)
  })

  it('trusts the line again after eight good turns', () => {
    const delay = new TargetDelay()
    delay.observe(100)
    delay.ranDry()
    delay.turnOver()
    for (let turn = 0; turn < 7; turn++) delay.turnOver()
    expect([delay.ms > 100, delay.trustsLead]).toEqual([true, false])
    delay.turnOver()
    expect([delay.ms, delay.trustsLead]).toEqual([10, true])
  })
})
