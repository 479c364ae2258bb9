import { describe, expect, it } from 'vitest'
import { KeptSpeech } from './kept-speech.ts'

const counting = (start: number, samples: number) =>
  Int16Array.from({ length: samples }, (_, index) => start + index).buffer
const samplesOf = (kept: KeptSpeech, turn: number, fromMs: number) =>
  kept.from(turn, fromMs).flatMap(({ pcm }) => [...new Int16Array(pcm)])

describe('KeptSpeech', () => {
  it('gives the rest of an answer to the sample', () => {
    const kept = new KeptSpeech()
    kept.add(1, { positionMs: 0, pcm: counting(0, 960) })
    kept.add(1, { positionMs: 40, pcm: counting(960, 960) })
    expect(samplesOf(kept, 1, 0)).toEqual([...new Int16Array(counting(0, 1920))])
    expect(samplesOf(kept, 1, 961 / 24)).toEqual([...new Int16Array(counting(961, 959))])
    expect(kept.from(1, 1000 / 24)[0]?.positionMs).toBeCloseTo(1000 / 24)
    expect(samplesOf(kept, 1, 80)).toEqual([])
    expect(samplesOf(kept, 2, 0)).toEqual([])
  })

  it('keeps copies and gives copies: sound may be given away', () => {
    const kept = new KeptSpeech()
    const pcm = counting(5, 10)
    kept.add(1, { positionMs: 0, pcm })
    new Int16Array(pcm).fill(0)
    new Int16Array(kept.from(1, 0)[0]?.pcm ?? new ArrayBuffer(0)).fill(0)
    expect(samplesOf(kept, 1, 0)[0]).toBe(5)
  })

  it('keeps five minutes in all: the oldest answers make room, the newest keeps its beginning', () => {
    const kept = new KeptSpeech()
    const minute = new ArrayBuffer(60 * 48_000)
    for (let turn = 1; turn <= 6; turn++) kept.add(turn, { positionMs: 0, pcm: minute })
    expect([1, 2, 3, 4, 5, 6].filter((turn) => kept.has(turn))).toEqual([2, 3, 4, 5, 6])
    for (let index = 1; index <= 6; index++) kept.add(6, { positionMs: index * 60_000, pcm: minute })
    expect(kept.from(6, 0).map(({ positionMs }) => positionMs)).toEqual([0, 60_000, 120_000, 180_000, 240_000])
    expect(kept.has(5)).toBe(false)
  })
})
