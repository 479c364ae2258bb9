import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dbfsOf, levelOf } from './level-meter.ts'
import { floatToPcm16 } from './pcm16.ts'

const sine = (peak: number) => Float32Array.from({ length: 1600 }, (_, index) => peak * Math.sin(index / 4))

describe('dbfsOf', () => {
  it('measures the RMS level below full scale', () => {
    expect(dbfsOf(new Float32Array(100).fill(-1))).toBeCloseTo(0)
    expect(dbfsOf(sine(1))).toBeCloseTo(-3.01, 1)
    expect(dbfsOf(sine(0.1))).toBeCloseTo(-23.01, 1)
    expect(dbfsOf(new Float32Array(100))).toBe(-Infinity)
    expect(dbfsOf(new Float32Array(0))).toBe(-Infinity)
  })

  it('measures PCM16 alike', () => {
    expect(dbfsOf(floatToPcm16(sine(0.3)))).toBeCloseTo(dbfsOf(sine(0.3)), 2)
  })
})

describe('levelOf', () => {
  it('rests at silence, ends at loud speech, and is half between in decibels', () => {
    expect(levelOf(new Int16Array(512))).toBe(0)
    expect(levelOf(sine(1))).toBe(1)
    expect(levelOf(new Float32Array(512).fill(10 ** (-33 / 20)))).toBeCloseTo(0.5)
  })

  it('is always a number from 0 to 1 and never falls as sound grows', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (a, b) => {
        const [quiet, loud] = [levelOf(sine(Math.min(a, b))), levelOf(sine(Math.max(a, b)))]
        expect(quiet).toBeGreaterThanOrEqual(0)
        expect(loud).toBeLessThanOrEqual(1)
        expect(loud).toBeGreaterThanOrEqual(quiet)
      }),
    )
  })
})
