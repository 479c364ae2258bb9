/** Speech begins where the sound leaves this level, full scale 1: Flite's silence is digital, its softest consonants are above. */
const SPEECH_LEVEL = 0.005
/** Kept before the first sound, s, so that no consonant begins with a click. */
const KEPT_S = 0.02

/**
 * Flite puts a quarter of a second of silence before every clause; whoever waits for an answer should not wait for that.
 *
 * @param samples mono, −1…1
 * @returns a view from 20 ms before the first sound; empty when there is none
 */
export function withoutLeadIn(samples: Float32Array, rateHz: number): Float32Array {
  const first = samples.findIndex((sample) => Math.abs(sample) >= SPEECH_LEVEL)
  return first === -1 ? samples.subarray(0, 0) : samples.subarray(Math.max(0, first - Math.round(KEPT_S * rateHz)))
}
