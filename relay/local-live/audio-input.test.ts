import { describe, expect, it } from 'vitest'
import { AudioInput } from './audio-input.ts'

function blob(samples: Int16Array, mimeType: string) {
  return { mimeType, data: Buffer.from(samples.buffer).toString('base64') }
}

function tone(rateHz: number, seconds: number): Int16Array {
  return Int16Array.from({ length: rateHz * seconds }, (_, at) => Math.sin((at / rateHz) * 2 * Math.PI * 440) * 10_000)
}

describe('AudioInput', () => {
  it('cuts 16 kHz into frames, also where the rate is not said', () => {
    for (const mimeType of ['audio/pcm;rate=16000', 'audio/pcm', 'audio/PCM; rate=16000']) {
      const input = new AudioInput()
      const frames = input.push(blob(tone(16_000, 1), mimeType))!
      expect(frames).toHaveLength(31)
      expect(input.flush()).toHaveLength(512)
      expect(input.flush()).toBeUndefined()
    }
  })

  it.each([8_000, 24_000, 44_100, 48_000])('brings %i Hz to 16 kHz', (rateHz) => {
    const input = new AudioInput()
    const frames = input.push(blob(tone(rateHz, 1), `audio/pcm;rate=${rateHz}`))!
    expect(frames.length).toBeGreaterThanOrEqual(30)
    expect(frames.length).toBeLessThanOrEqual(31)
    const crossings = frames
      .flatMap((frame) => [...frame])
      .filter((sample, at, all) => sample < 0 !== (all[at - 1] ?? 0) < 0)
    expect(crossings.length).toBeGreaterThan(860)
    expect(crossings.length).toBeLessThan(900)
  })

  it('refuses what is no PCM', () => {
    const input = new AudioInput()
    for (const mimeType of ['audio/opus', 'video/mp4', 'audio/pcm;rate=1', 'audio/pcm;rate=400000', '']) {
      expect(input.push({ mimeType, data: '' })).toBeUndefined()
    }
  })
})
