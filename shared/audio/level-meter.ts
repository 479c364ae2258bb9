/** A quiet room: below it the meter rests, dBFS. */
const SILENT_DBFS = -54

/** Loud speech close to the microphone: the meter's end, dBFS. */
const LOUD_DBFS = -12

/** @returns the RMS level of samples, dB below full scale (±1.0 or ±32 768 all the time is 0); −∞ for silence. */
export function dbfsOf(samples: Int16Array | Float32Array): number {
  const fullScale = samples instanceof Int16Array ? 32_768 : 1
  let energy = 0
  for (const sample of samples) energy += sample * sample
  if (samples.length === 0) return -Infinity
  return 10 * Math.log10(energy / samples.length / (fullScale * fullScale))
}

/** @returns 0–1, growing as loudness does to the ear: 0 a quiet room, 1 loud speech. */
export function levelOf(samples: Int16Array | Float32Array): number {
  const level = (dbfsOf(samples) - SILENT_DBFS) / (LOUD_DBFS - SILENT_DBFS)
  return Math.min(1, Math.max(0, level))
}
