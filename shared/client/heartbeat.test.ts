import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Heartbeat } from './heartbeat.ts'

let pings: number[]
let lost: number[]
let heartbeat: Heartbeat

beforeEach(() => {
  vi.useFakeTimers()
  const beginning = performance.now()
  const now = () => performance.now() - beginning
  pings = []
  lost = []
  heartbeat = new Heartbeat({ ping: () => pings.push(now()), onLost: () => lost.push(now()) })
})

afterEach(() => {
  heartbeat.stop()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

/** Lets time pass; every second something comes from the relay and, when talking, audio goes to it. */
function pass(seconds: number, { received = false, talked = false } = {}): void {
  for (let second = 0; second < seconds; second++) {
    vi.advanceTimersByTime(1000)
    if (received) heartbeat.received()
    if (talked) heartbeat.talked()
  }
}

describe('the heartbeat', () => {
  it('pings every 10 s when idle and every 3 s while talking', () => {
    pass(30, { received: true })
    expect(pings).toEqual([10_000, 20_000, 30_000])
    pings = []
    pass(12, { received: true, talked: true })
    expect(pings.map((at) => at - 30_000)).toEqual([1000, 4000, 7000, 10_000])
  })

  it('counts as idle again some seconds after the last word', () => {
    pass(2, { received: true, talked: true })
    pings = []
    pass(30, { received: true })
    expect(pings.length).toBeLessThan(5)
  })

  it('gives an idle link up after 25 s of silence, once', () => {
    pass(60)
    expect(lost).toEqual([25_000])
    expect(pings).toEqual([10_000, 20_000])
  })

  it('gives a link up after 8 s of silence while talking', () => {
    pass(3, { received: true, talked: true })
    pass(60, { talked: true })
    expect(lost).toEqual([11_000])
  })

  it('does not hold idle silence against a talk that has just begun', () => {
    pass(20)
    pass(4, { talked: true })
    expect(lost).toEqual([])
    heartbeat.received()
    pass(7, { talked: true })
    expect(lost).toEqual([])
    pass(1, { talked: true })
    expect(lost).toEqual([32_000])
  })

  it('never gives up a link that something comes from', () => {
    pass(300, { received: true, talked: true })
    expect(lost).toEqual([])
  })

  it('asks once more after the machine slept, then gives up soon', () => {
    pass(3, { received: true, talked: true })
    pings = []
    // The clock goes on, timers do not.
    vi.setSystemTime(Date.now() + 3_600_000)
    vi.spyOn(performance, 'now').mockImplementation(() => Date.now())
    vi.advanceTimersByTime(1000)
    expect(pings).toHaveLength(1)
    expect(lost).toEqual([])
    pass(2)
    expect(lost).toEqual([])
    pass(1)
    expect(lost).toHaveLength(1)
    vi.restoreAllMocks()
  })

  it('stays when an answer comes after the sleep', () => {
    vi.setSystemTime(Date.now() + 3_600_000)
    vi.spyOn(performance, 'now').mockImplementation(() => Date.now())
    vi.advanceTimersByTime(1000)
    heartbeat.received()
    pass(20)
    expect(lost).toEqual([])
    vi.restoreAllMocks()
  })
})
