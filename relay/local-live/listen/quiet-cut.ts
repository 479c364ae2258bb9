/** Speech longer than this is recognised in pieces: the model was trained on shorter ones and its work grows with the square. */
export const MAX_PIECE_SAMPLES = 25 * 16_000
/** How far before the limit a quiet place is looked for: 3 s hold a pause of any speaker. */
const SEARCH_SAMPLES = 3 * 16_000
/** 32 ms: shorter windows find the closure of a "t". */
const WINDOW_SAMPLES = 512

/**
 * Where to cut speech that is too long, so that no word is cut: the middle of the quietest 32 ms near the limit.
 *
 * @param samples PCM16 values, 16 kHz
 * @returns the number of samples of the first piece; all of them when they are few enough
 */
export function quietCut(samples: Int16Array, limit: number = MAX_PIECE_SAMPLES): number {
  if (samples.length <= limit) return samples.length
  let best = limit
  let bestEnergy = Infinity
  for (let at = limit - WINDOW_SAMPLES; at > limit - SEARCH_SAMPLES && at >= 0; at -= WINDOW_SAMPLES) {
    const energy = samples.subarray(at, at + WINDOW_SAMPLES).reduce((sum, sample) => sum + sample * sample, 0)
    if (energy < bestEnergy) {
      bestEnergy = energy
      best = at + WINDOW_SAMPLES / 2
    }
  }
  return best
}
