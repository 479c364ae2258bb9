import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { IdlePause, isSignOfLife } from './idle-pause.ts'

const MINUTE_MS = 60_000

describe('IdlePause', () => {
  let quiet: number
  let idle: IdlePause

  beforeEach(() => {
    vi.useFakeTimers()
    quiet = 0
    idle = new IdlePause(() => quiet++)
  })
  afterEach(() => {
    idle.stop()
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  })

  it('tells once, a whole time after the last sign of life', () => {
    idle.start(5 * MINUTE_MS)
    vi.advanceTimersByTime(4 * MINUTE_MS)
    idle.touch()
    vi.advanceTimersByTime(4 * MINUTE_MS)
    expect(quiet).toBe(0)
    vi.advanceTimersByTime(MINUTE_MS)
    expect(quiet).toBe(1)
    vi.advanceTimersByTime(60 * MINUTE_MS)
    expect(quiet).toBe(1)
  })

  it('never tells where the person wants none, or after it was stopped', () => {
    idle.start(0)
    vi.advanceTimersByTime(600 * MINUTE_MS)
    idle.start(MINUTE_MS)
    idle.stop()
    vi.advanceTimersByTime(600 * MINUTE_MS)
    expect(quiet).toBe(0)
  })
})

describe('isSignOfLife', () => {
  it('is what either side says or does, and not what machines tell each other', () => {
    const said = { type: 'transcript.delta', turn: 1, role: 'user', text: 'Hm' } as const
    expect(isSignOfLife({ type: 'message', message: said })).toBe(true)
    expect(isSignOfLife({ type: 'talk', mode: 'hold', held: true })).toBe(true)
    expect(isSignOfLife({ type: 'speech', turn: 1 })).toBe(true)
    expect(isSignOfLife({ type: 'message', message: { type: 'audio.ack', seq: 1 } })).toBe(false)
    expect(isSignOfLife({ type: 'connection', state: { name: 'open' } })).toBe(false)
    expect(isSignOfLife({ type: 'microphone', captured: true, sent: true })).toBe(false)
  })
})
