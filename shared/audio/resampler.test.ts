import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Resampler } from './resampler.ts'

const RATES = [
  [48_000, 16_000],
  [44_100, 16_000],
  [22_050, 16_000],
  [8000, 16_000],
  [16_000, 24_000],
  [24_000, 48_000],
  [11_111, 16_000],
  [16_000, 16_000],
] as const

function tone(hz: number, rateHz: number, samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, index) => 0.5 * Math.sin((2 * Math.PI * hz * index) / rateHz))
}

function resample(samples: Float32Array, [fromHz, toHz]: readonly [number, number], cuts: readonly number[] = []) {
  const resampler = new Resampler(fromHz, toHz)
  const edges = [0, ...cuts.map((cut) => Math.floor(cut * samples.length)).sort((a, b) => a - b), samples.length]
  const parts = edges.slice(1).map((end, index) => resampler.process(samples.subarray(edges[index], end)))
  return Float32Array.from([...parts, resampler.flush()].flatMap((part) => [...part]))
}

/** Level of the middle of `output` against that of a 0.5 tone, dB. */
function gainDb(output: Float32Array): number {
  const middle = output.subarray(1000, -1000)
  const power = middle.reduce((sum, sample) => sum + sample * sample, 0) / middle.length
  return 10 * Math.log10(power / 0.125)
}

describe('a resampler', () => {
  it('gives the same samples however the stream is cut', () => {
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 })
    const samples = fc.float32Array({ min: -1, max: 1, noNaN: true, minLength: 1, maxLength: 900 })
    fc.assert(
      fc.property(fc.constantFrom(...RATES), samples, cuts, (rates, stream, at) => {
        expect(resample(stream, rates, at)).toEqual(resample(stream, rates))
      }),
      { numRuns: 150 },
    )
  })

  it('makes the stream last exactly as long', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RATES), fc.nat(3000), (rates, length) => {
        expect(resample(new Float32Array(length), rates)).toHaveLength(Math.ceil((length * rates[1]) / rates[0]))
      }),
    )
  })

  it.each(RATES)('keeps the level of a 1 kHz tone, %i → %i Hz', (fromHz, toHz) => {
    expect(Math.abs(gainDb(resample(tone(1000, fromHz, fromHz), [fromHz, toHz])))).toBeLessThan(0.5)
  })

  it.each([
    [48_000, 10_000],
    [44_100, 10_000],
    [22_050, 10_000],
    [48_000, 8200],
    [48_000, 15_500],
    [48_000, 23_000],
  ])('folds nothing back into speech: from %i Hz a tone of %i Hz is gone', (fromHz, toneHz) => {
    expect(gainDb(resample(tone(toneHz, fromHz, fromHz), [fromHz, 16_000]))).toBeLessThan(-70)
  })

  it.each(RATES)('moves nothing in time, %i → %i Hz', (fromHz, toHz) => {
    const output = resample(tone(440, fromHz, 4000), [fromHz, toHz])
    const expected = tone(440, toHz, output.length)
    for (let index = 200; index < output.length - 200; index++)
      expect(output[index]).toBeCloseTo(expected[index] ?? 9, 2)
  })

  it('keeps a constant constant', () => {
    const output = resample(new Float32Array(4000).fill(0.25), [44_100, 16_000])
    for (const sample of output.subarray(100, -100)) expect(sample).toBeCloseTo(0.25, 6)
  })

  it('begins a new stream after flush', () => {
    const resampler = new Resampler(48_000, 16_000)
    const samples = tone(500, 48_000, 2000)
    const once = [resampler.process(samples), resampler.flush()]
    expect([resampler.process(samples), resampler.flush()]).toEqual(once)
  })
})
