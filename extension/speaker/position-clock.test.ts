import { describe, expect, it } from 'vitest'
import { PositionClock } from './position-clock.ts'

describe('PositionClock', () => {
  it('knows nothing before the first report', () => {
    expect(new PositionClock().at(99_999)).toEqual({ turn: 0, playedMs: 0 })
  })

  it('goes on between two reports with the frames of the context', () => {
    const clock = new PositionClock()
    clock.given(1, 900)
    clock.told({ turn: 1, playedMs: 200, atFrame: 24_000, ended: false })
    expect(clock.at(24_000 + 2400)).toEqual({ turn: 1, playedMs: 300 })
    // A report may overtake the clock that the page read.
    expect(clock.at(20_000)).toEqual({ turn: 1, playedMs: 200 })
  })

  it('stands still where no more speech was handed over, and after the end', () => {
    const clock = new PositionClock()
    clock.given(1, 240)
    clock.told({ turn: 1, playedMs: 200, atFrame: 0, ended: false })
    expect(clock.at(24_000)).toEqual({ turn: 1, playedMs: 240 })
    clock.told({ turn: 1, playedMs: 240, atFrame: 960, ended: true })
    expect(clock.at(48_000)).toEqual({ turn: 1, playedMs: 240 })
  })
})
