import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Handover } from './handover.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function stage() {
  const state = { isIdle: false, canResume: true, isOutdated: false }
  const moves: string[] = []
  const handover = new Handover({
    isIdle: () => state.isIdle,
    canResume: () => state.canResume,
    isOutdated: () => state.isOutdated,
    onMove: (why) => moves.push(why),
    times: {
      connectionAgeMs: 540_000,
      goAwayMarginMs: 3_000,
      goAwayUnknownMs: 8_000,
      settledMs: 300,
      pauseCheckMs: 100,
    },
  })
  return { state, moves, handover }
}

describe('the handover', () => {
  it('waits for a pause after goAway', () => {
    const { state, moves, handover } = stage()
    handover.goAway(50_000)
    vi.advanceTimersByTime(20_000)
    expect(moves).toEqual([])
    state.isIdle = true
    vi.advanceTimersByTime(100)
    expect(moves).toEqual(['announced'])
    vi.advanceTimersByTime(1_000_000)
    expect(moves).toHaveLength(1)
  })

  it.each([
    [50_000, 47_000],
    [2_000, 0],
    [0, 5_000],
  ])('with %i ms left and no pause moves after %i ms, by its own clock', (timeLeftMs, movesAtMs) => {
    const { moves, handover } = stage()
    handover.goAway(timeLeftMs)
    if (movesAtMs > 0) vi.advanceTimersByTime(movesAtMs - 1)
    expect(moves).toEqual([])
    vi.advanceTimersByTime(1)
    expect(moves).toEqual(['announced'])
  })

  it('takes the newest word of the brain', () => {
    const { moves, handover } = stage()
    handover.goAway(50_000)
    handover.goAway(10_000)
    vi.advanceTimersByTime(7_000)
    expect(moves).toHaveLength(1)
  })

  it('replaces an old connection at a pause, where the next one can go on', () => {
    const { state, moves } = stage()
    vi.advanceTimersByTime(600_000)
    expect(moves).toEqual([])
    state.isIdle = true
    state.canResume = false
    vi.advanceTimersByTime(10_000)
    expect(moves).toEqual([])
    state.canResume = true
    vi.advanceTimersByTime(100)
    expect(moves).toEqual(['old'])
  })

  it('replaces a connection whose settings count no more at a pause, once for several changes', () => {
    const { state, moves, handover } = stage()
    state.isOutdated = true
    state.isIdle = true
    state.canResume = false
    for (let change = 0; change < 5; change++) {
      handover.settingsChanged()
      vi.advanceTimersByTime(299)
    }
    expect(moves).toEqual([])
    state.isIdle = false
    vi.advanceTimersByTime(10_000)
    expect(moves).toEqual([])
    state.isIdle = true
    vi.advanceTimersByTime(100)
    expect(moves).toEqual(['changed'])
  })

  it('stays where the settings are again what they were, and looks no further', () => {
    const { state, moves, handover } = stage()
    state.isOutdated = true
    handover.settingsChanged()
    vi.advanceTimersByTime(1_000)
    state.isOutdated = false
    state.isIdle = true
    vi.advanceTimersByTime(1_000)
    expect(moves).toEqual([])
    expect(vi.getTimerCount()).toBe(1)
  })

  it('does nothing any more once stopped', () => {
    const { state, moves, handover } = stage()
    handover.goAway(10_000)
    handover.stop()
    state.isIdle = true
    vi.advanceTimersByTime(1_000_000)
    expect(moves).toEqual([])
  })
})
