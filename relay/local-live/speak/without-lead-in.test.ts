import { describe, expect, it } from 'vitest'
import { withoutLeadIn } from './without-lead-in.ts'

describe('withoutLeadIn', () => {
  it('begins 20 ms before the first sound and keeps everything after it, pauses too', () => {
    const samples = new Float32Array(16_000)
    samples[4000] = 0.1
    samples[9000] = -0.2
    const speech = withoutLeadIn(samples, 16_000)
    expect(speech.length).toBe(16_000 - 4000 + 320)
    expect([speech.indexOf(samples[4000]), speech.indexOf(samples[9000])]).toEqual([320, 5320])
  })

  it('keeps the start of speech that begins at once', () => {
    expect(withoutLeadIn(Float32Array.of(0.5, 0.1, 0), 16_000)).toEqual(Float32Array.of(0.5, 0.1, 0))
  })

  it('is empty for silence', () => {
    expect(withoutLeadIn(new Float32Array(100), 16_000).length).toBe(0)
  })
})
