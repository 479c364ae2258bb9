import { describe, expect, it } from 'vitest'
import { Declick, FADE_SAMPLES } from './declick.ts'

/** The largest step between neighbours: a click is a step. */
function largestStep(samples: Float32Array): number {
  let largest = 0
  for (let index = 1; index < samples.length; index++) {
    largest = Math.max(largest, Math.abs((samples[index] ?? 0) - (samples[index - 1] ?? 0)))
  }
  return largest
}

describe('Declick', () => {
  it('leaves a signal and silence alone', () => {
    const declick = new Declick()
    const samples = Float32Array.from([0.5, -0.25, 1, 9, 9])
    declick.signal(samples, 0, 3)
    const untouched = samples.slice(0, 3)
    expect([...untouched]).toEqual([0.5, -0.25, 1])
    const later = new Float32Array(200).fill(9)
    declick.silence(later, 0)
    expect([...later.slice(FADE_SAMPLES)]).toEqual(new Array(200 - FADE_SAMPLES).fill(0))
  })

  it('turns a step to silence and back into two ramps', () => {
    const declick = new Declick()
    const samples = new Float32Array(600).fill(0.8)
    declick.signal(samples, 0, 200)
    declick.cut()
    const gap = samples.subarray(200, 400)
    declick.silence(gap, 0)
    declick.signal(samples, 400, 600)
    expect(largestStep(samples)).toBeLessThan(0.8 / (FADE_SAMPLES - 1))
    expect([...samples.slice(200 + FADE_SAMPLES, 400)].every((sample) => sample === 0)).toBe(true)
    expect(samples[599]).toBeCloseTo(0.8)
  })

  it('fades what was cut even when the next signal begins at once', () => {
    const declick = new Declick()
    const samples = new Float32Array(400).fill(0.8)
    declick.signal(samples, 0, 200)
    declick.cut()
    samples.fill(-0.8, 200)
    declick.signal(samples, 200, 400)
    expect(largestStep(samples)).toBeLessThan(2 * (0.8 / (FADE_SAMPLES - 1)))
    expect(samples[399]).toBeCloseTo(-0.8)
  })
})
