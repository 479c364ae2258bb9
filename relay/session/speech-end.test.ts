import { describe, expect, it } from 'vitest'
import { SpeechEnd } from './speech-end.ts'

const FRAME_MS = 32

/** A frame of a sine with this amplitude, on an odd offset as the network may deliver it. */
function frame(amplitude: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(1 + 1024)
  const view = new DataView(bytes.buffer, 1)
  for (let sample = 0; sample < 512; sample++) {
    view.setInt16(sample * 2, Math.round(amplitude * Math.sin((sample + seed) / 3.7)), true)
  }
  return bytes.subarray(1)
}

/** Hears frames one after another. @returns when speech was last heard, ms */
function hear(amplitudes: readonly number[]): number | undefined {
  const speechEnd = new SpeechEnd()
  amplitudes.forEach((amplitude, index) => {
    speechEnd.hear(frame(amplitude, index), index * FRAME_MS)
  })
  return speechEnd.lastSpeechAtMs
}

const silence = (frames: number) => Array.from({ length: frames }, () => 8)
const room = (frames: number) => Array.from({ length: frames }, () => 180)
const voice = (frames: number) => Array.from({ length: frames }, () => 6000)

describe('the end of speech', () => {
  it('is unknown while nobody speaks', () => {
    expect(hear(silence(50))).toBeUndefined()
    expect(hear(room(50))).toBeUndefined()
  })

  it('is the last frame with a voice in it', () => {
    expect(hear([...silence(10), ...voice(20), ...silence(40)])).toBe(29 * FRAME_MS)
  })

  it('is found in a room that is not quiet', () => {
    expect(hear([...room(10), ...voice(20), ...room(40)])).toBe(29 * FRAME_MS)
  })

  it('moves on with a second word', () => {
    expect(hear([...voice(10), ...silence(10), ...voice(5), ...silence(20)])).toBe(24 * FRAME_MS)
  })

  it('is not moved by a click', () => {
    expect(hear([...silence(5), ...voice(10), ...silence(10), 20_000, ...silence(10)])).toBe(14 * FRAME_MS)
  })

  it('is not moved by a voice that begins the recording', () => {
    expect(hear([...voice(10), ...silence(10)])).toBe(9 * FRAME_MS)
  })

  it('knows negative samples and the loudest ones', () => {
    const loud = new Uint8Array(1024)
    new DataView(loud.buffer).setInt16(0, -32_768, true)
    const speechEnd = new SpeechEnd()
    speechEnd.hear(loud, 1)
    speechEnd.hear(loud, 2)
    expect(speechEnd.lastSpeechAtMs).toBe(2)
    speechEnd.hear(new Uint8Array(0), 3)
    expect(speechEnd.lastSpeechAtMs).toBe(2)
  })
})
