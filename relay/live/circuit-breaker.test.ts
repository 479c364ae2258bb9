import { describe, expect, it } from 'vitest'
import { CircuitBreaker } from './circuit-breaker.ts'

function stage() {
  const clock = { nowMs: 0 }
  return { clock, breaker: new CircuitBreaker(() => clock.nowMs) }
}

function failFor(breaker: CircuitBreaker, callers: number): void {
  for (let caller = 0; caller < callers; caller++) breaker.failed(`caller ${caller}`, false)
}

describe('the circuit breaker', () => {
  it('opens after five conversations failed in a row', () => {
    const { breaker } = stage()
    failFor(breaker, 4)
    expect(breaker.isOpen).toBe(false)
    failFor(breaker, 5)
    expect([breaker.isOpen, breaker.tryPass()]).toEqual([true, false])
  })

  it('does not take one conversation’s trouble for everybody’s', () => {
    const { breaker } = stage()
    for (let failure = 0; failure < 9; failure++) breaker.failed('the same', false)
    expect(breaker.isOpen).toBe(false)
  })

  it('opens when most of the newest calls of a minute failed', () => {
    const { breaker } = stage()
    for (let call = 0; call < 5; call++) {
      expect(breaker.isOpen).toBe(false)
      breaker.succeeded()
      breaker.failed('died at once', true)
    }
    expect(breaker.isOpen).toBe(true)
    const calm = stage().breaker
    for (let call = 0; call < 40; call++) {
      calm.succeeded()
      calm.failed('another', false)
    }
    expect(calm.isOpen).toBe(false)
  })

  it('forgets failures of more than a minute ago', () => {
    const { breaker, clock } = stage()
    for (let failure = 0; failure < 9; failure++) breaker.failed('the same', false)
    clock.nowMs = 61_000
    breaker.failed('the same', false)
    expect(breaker.isOpen).toBe(false)
  })

  it('lets one probe through after a while, and everybody after a good one', () => {
    const { breaker, clock } = stage()
    failFor(breaker, 5)
    clock.nowMs = 15_000
    expect([breaker.isOpen, breaker.tryPass(), breaker.tryPass(), breaker.isOpen]).toEqual([false, true, false, true])
    breaker.succeeded()
    expect([breaker.tryPass(), breaker.tryPass()]).toEqual([true, true])
  })

  it('waits twice as long after a probe that failed, but not longer for late news of older calls', () => {
    const { breaker, clock } = stage()
    failFor(breaker, 5)
    breaker.failed('an older call', false)
    clock.nowMs = 15_000
    expect(breaker.tryPass()).toBe(true)
    breaker.failed('the probe', false)
    clock.nowMs = 44_999
    expect(breaker.tryPass()).toBe(false)
    clock.nowMs = 45_000
    expect(breaker.tryPass()).toBe(true)
  })

  it('forgets a probe that is never heard of again', () => {
    const { breaker, clock } = stage()
    failFor(breaker, 5)
    clock.nowMs = 15_000
    breaker.tryPass()
    clock.nowMs = 30_000
    expect(breaker.tryPass()).toBe(true)
  })
})
