/** Windows in which loudness is measured, ms. */
const WINDOW_MS = 10

/**
 * Breath and room are quieter than this beside the loudest window, 25 dB below it; a lower threshold would take them for
 * the end of the last word in recordings by people, and make every answer look quicker.
 */
const SPEECH_BELOW_PEAK = 10 ** (-25 / 20)

/**
 * When the last word of a recording ends.
 *
 * @param samples mono, −1 to 1
 * @returns ms from its start
 */
export function speechEndMs(samples: Float32Array, rateHz: number): number {
  const size = Math.round((rateHz * WINDOW_MS) / 1000)
  const levels: number[] = []
  for (let start = 0; start + size <= samples.length; start += size)
    levels.push(Math.hypot(...samples.subarray(start, start + size)))
  const loudest = Math.max(...levels)
  return (levels.findLastIndex((level) => level >= loudest * SPEECH_BELOW_PEAK) + 1) * WINDOW_MS
}
