import { describe, expect, it } from 'vitest'
import { PositionReport } from './position-report.ts'

describe('PositionReport', () => {
  it('is due once a second of speech, for each turn anew', () => {
    const positions = new PositionReport()
    const due = (turn: number, ...playedMs: number[]) => playedMs.filter((ms) => positions.isDue(turn, ms))
    expect(due(1, 200, 400, 999, 1000, 1200, 1999, 2010)).toEqual([1000, 2010])
    expect(due(2, 200, 1000, 1200)).toEqual([1000])
  })
})
