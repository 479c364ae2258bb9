import { SAMPLE_BYTES } from '../../shared/audio/audio-format.ts'

/** Every eighth sample is enough to tell loud from quiet and costs an eighth. */
const SAMPLE_STEP = 8

/** A frame is loud when its energy is this much above the quietest of late: 12 dB. */
const ABOVE_FLOOR = 16

/** Quieter than this is never speech, whatever the room: about −50 dBFS, in squared 16-bit steps. */
const LEAST_ENERGY = 100 ** 2

/** The quietest room, in squared 16-bit steps. */
const LEAST_FLOOR = LEAST_ENERGY / ABOVE_FLOOR

/** The floor follows a louder room upward by this factor a frame: a tenfold energy in about 8 s of 32 ms frames. */
const FLOOR_RISE = 1.01

/** One loud frame is a click; two in a row are a voice. */
const LOUD_FRAMES = 2

/**
 * Knows when the user was last heard: the zero of every turn's timing marks (docs/adr/0004). Looks at microphone frames
 * in passing: what is measured, and what a next brain is to hear again, depend on it. Whole numbers, which V8 keeps in the
 * object itself: with hundreds of people talking nothing of one of them is in the processor's caches when the next frame comes.
 */
export class SpeechEnd {
  #floor: number = LEAST_ENERGY
  #loudFrames = 0
  #lastSpeechAtMs: number | undefined

  /** When the last frame with speech arrived, in whole ms of the caller's clock; undefined before any. */
  get lastSpeechAtMs(): number | undefined {
    return this.#lastSpeechAtMs
  }

  /**
   * @param pcm PCM16 mono little-endian; read before the call returns
   * @returns whether it is speech, and not merely the sound of a room
   */
  hear(pcm: Uint8Array, nowMs: number): boolean {
    const energy = meanEnergy(pcm)
    this.#floor = Math.max(LEAST_FLOOR, Math.min(energy, Math.ceil(this.#floor * FLOOR_RISE)))
    const isLoud = energy > LEAST_ENERGY && energy > this.#floor * ABOVE_FLOOR
    this.#loudFrames = isLoud ? this.#loudFrames + 1 : 0
    if (this.#loudFrames < LOUD_FRAMES) return false
    this.#lastSpeechAtMs = Math.trunc(nowMs)
    return true
  }
}

/** Byte by byte, since a view into a received frame need not be aligned to samples. */
function meanEnergy(pcm: Uint8Array): number {
  const step = SAMPLE_STEP * SAMPLE_BYTES
  let sum = 0
  let count = 0
  for (let offset = 0; offset + 1 < pcm.length; offset += step) {
    const sample = (((pcm[offset + 1] ?? 0) << 24) >> 16) | (pcm[offset] ?? 0)
    sum += sample * sample
    count++
  }
  return count === 0 ? 0 : Math.round(sum / count)
}
