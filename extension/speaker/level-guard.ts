import { SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'

/** Loudness is judged in pieces of 20 ms. */
const WINDOW_SAMPLES = SPEECH_RATE_HZ / 50
/** −12 dBFS: speech peaks above it, but comes down between two syllables. */
const LOUD_RMS = 0.25
/** Nobody speaks so long without a syllable's end: this is a tone (python-genai#2715 had 14 s of it). */
const TONE_WINDOWS = 75
/** −20 dB; reached in steps too small to click. */
const HELD_GAIN = 0.1
const GAIN_STEP = 1 / 480

/** Holds a loud tone down that a broken voice may make; leaves speech as it is, sample by sample. */
export class LevelGuard {
  #energy = 0
  #samples = 0
  #loudWindows = 0
  #gain = 1

  /** @param signal what is about to go to the output; shaped in place */
  shape(signal: Float32Array): void {
    for (let index = 0; index < signal.length; index++) {
      const sample = signal[index] ?? 0
      this.#hear(sample)
      const goal = this.#loudWindows >= TONE_WINDOWS ? HELD_GAIN : 1
      if (this.#gain !== goal) this.#gain = towards(this.#gain, goal)
      signal[index] = sample * this.#gain
    }
  }

  #hear(sample: number): void {
    this.#energy += sample * sample
    if (++this.#samples < WINDOW_SAMPLES) return
    const isLoud = Math.sqrt(this.#energy / WINDOW_SAMPLES) > LOUD_RMS
    this.#loudWindows = isLoud ? this.#loudWindows + 1 : 0
    this.#energy = 0
    this.#samples = 0
  }
}

function towards(gain: number, goal: number): number {
  return gain > goal ? Math.max(goal, gain - GAIN_STEP) : Math.min(goal, gain + GAIN_STEP)
}
