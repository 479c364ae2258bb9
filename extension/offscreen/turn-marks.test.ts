import { describe, expect, it } from 'vitest'
import { TurnMarks } from './turn-marks.ts'

const TIMINGS = { speechEnd: 0, inputFinal: 120, firstAudioUpstream: 400, firstAudioSent: 402 }

describe('TurnMarks', () => {
  it('goes on from the relay’s clock: half a round trip for the way, then this document’s own', () => {
    const marks = new TurnMarks()
    marks.arrived(1, 9000)
    marks.arrived(1, 9040)
    marks.played(1, 0, 9050)
    marks.played(1, 15, 9075)
    marks.played(1, 215, 9400)
    marks.completed({ type: 'turn.complete', turn: 1, timings: TIMINGS, traceId: 'abc', usage: { totalTokens: 9 } })
    expect(marks.latencyOf(1, 20)).toEqual({
      timings: TIMINGS,
      firstAudioReceived: 412,
      firstSound: 472,
      wayMs: 10,
      traceId: 'abc',
      usage: { totalTokens: 9 },
    })
  })

  it('says nothing before the turn is complete, and only what the relay knows where the way is not known', () => {
    const marks = new TurnMarks()
    marks.arrived(1, 9000)
    expect(marks.latencyOf(1, 20)).toBeUndefined()
    marks.completed({ type: 'turn.complete', turn: 1, timings: TIMINGS })
    expect(marks.latencyOf(1, undefined)).toEqual({ timings: TIMINGS })
    expect(marks.latencyOf(1, 20)).not.toHaveProperty('firstSound')
  })

  it('never lets a sound come before what it was made of', () => {
    const marks = new TurnMarks()
    marks.arrived(1, 9000)
    marks.played(1, 300, 9200)
    marks.completed({ type: 'turn.complete', turn: 1, timings: TIMINGS })
    const latency = marks.latencyOf(1, 20)
    expect(latency?.firstSound).toBe(latency?.firstAudioReceived)
  })

  it('keeps the marks of the newest turns', () => {
    const marks = new TurnMarks()
    for (let turn = 1; turn <= 300; turn++) marks.completed({ type: 'turn.complete', turn, timings: {} })
    expect(marks.latencyOf(1, 20)).toBeUndefined()
    expect(marks.latencyOf(300, 20)).toBeDefined()
  })
})
