/** Flite's loudness is about −15 dBFS; this brings it to −20, where Gemini's voices and most calls are. */
const GAIN = 0.56

/** Speech from Flite's 16 kHz to Gemini Live's 24 kHz: three samples for every two, on straight lines between them. */
export function upsample(samples: Int16Array): Int16Array<ArrayBuffer> {
  const out = new Int16Array(Math.floor((samples.length * 3) / 2))
  for (let index = 0; index < out.length; index += 1) {
    const position = (index * 2) / 3
    const left = Math.floor(position)
    const from = samples[left] ?? 0
    const to = samples[left + 1] ?? from
    out[index] = Math.round((from + (to - from) * (position - left)) * GAIN)
  }
  return out
}
