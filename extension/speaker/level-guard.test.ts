import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseWav } from '../../shared/audio/wav.ts'
import { LevelGuard } from './level-guard.ts'

const RATE_HZ = 24_000

function tone(seconds: number, amplitude: number): Float32Array {
  return Float32Array.from({ length: seconds * RATE_HZ }, (_, index) => amplitude * Math.sin(index / 8))
}

const loudest = (samples: Float32Array) => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)

describe('LevelGuard', () => {
  it('holds a loud tone down after a second and a half, without a click', () => {
    const samples = tone(14, 0.9)
    new LevelGuard().shape(samples)
    expect(loudest(samples.subarray(0, RATE_HZ))).toBeCloseTo(0.9, 2)
    expect(loudest(samples.subarray(2 * RATE_HZ))).toBeLessThan(0.1)
    const steps = samples.map((sample, index) => Math.abs(sample - (samples[index - 1] ?? sample)))
    expect(loudest(steps)).toBeLessThan(0.13)
  })

  it('lets the next word through as it is', () => {
    const guard = new LevelGuard()
    guard.shape(tone(3, 0.9))
    guard.shape(new Float32Array(RATE_HZ / 10))
    const word = tone(0.2, 0.5)
    guard.shape(word)
    expect(word).toEqual(tone(0.2, 0.5))
  })

  it('leaves loud human speech as it is, to the sample', () => {
    const wav = parseWav(readFileSync(`${import.meta.dirname}/../../tests/fixtures/human-go-forward.wav`))
    if (!wav.ok) throw new Error(wav.fault)
    const peak = loudest(wav.samples)
    // As loud as it can be, three times over.
    const once = wav.samples.map((sample) => sample / peak)
    const speech = new Float32Array([...once, ...once, ...once])
    const shaped = speech.slice()
    new LevelGuard().shape(shaped)
    expect(shaped).toEqual(speech)
  })
})
