import { describe, expect, it } from 'vitest'
import { MAX_PIECE_SAMPLES, quietCut } from './quiet-cut.ts'

describe('quietCut', () => {
  it('leaves short speech whole', () => {
    expect(quietCut(new Int16Array(1000).fill(5))).toBe(1000)
  })

  it('cuts where it is quiet near the limit', () => {
    const samples = new Int16Array(MAX_PIECE_SAMPLES + 50_000).fill(1000)
    const pause = MAX_PIECE_SAMPLES - 20_000
    samples.fill(0, pause, pause + 2000)
    const cut = quietCut(samples)
    expect(cut).toBeGreaterThan(pause)
    expect(cut).toBeLessThan(pause + 2000)
  })

  it('always gives a piece that is not too long', () => {
    expect(quietCut(new Int16Array(MAX_PIECE_SAMPLES * 2).fill(1000))).toBeLessThanOrEqual(MAX_PIECE_SAMPLES)
  })
})
