import { describe, expect, it } from 'vitest'
import { PlaybackClock } from './playback-clock.ts'

describe('PlaybackClock', () => {
  it('plays what was sent one after the other', () => {
    const clock = new PlaybackClock()
    clock.add(400, 1_000)
    clock.add(400, 1_100)
    expect(clock.remainingMs(1_200)).toBe(600)
    expect(clock.remainingMs(2_000)).toBe(0)
  })

  it('does not make up for a gap', () => {
    const clock = new PlaybackClock()
    clock.add(100, 1_000)
    clock.add(100, 5_000)
    expect(clock.remainingMs(5_000)).toBe(100)
  })

  it('is silent at once when stopped', () => {
    const clock = new PlaybackClock()
    clock.add(10_000, 0)
    clock.stop()
    expect(clock.remainingMs(1)).toBe(0)
  })
})
