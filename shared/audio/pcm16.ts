import { SAMPLE_BYTES } from './audio-format.ts'

/** One step of a 16-bit sample; ±1.0 is full scale. */
const FULL_SCALE = 32_768

/** @returns samples of ±1.0 as PCM16; louder ones are clamped, what is no number is silence. */
export function floatToPcm16(samples: Float32Array): Int16Array<ArrayBuffer> {
  const pcm = new Int16Array(samples.length)
  for (let index = 0; index < samples.length; index++) {
    const scaled = Math.round((samples[index] ?? 0) * FULL_SCALE)
    // A NaN becomes 0 on its way into the integer array.
    pcm[index] = Math.max(-FULL_SCALE, Math.min(FULL_SCALE - 1, scaled))
  }
  return pcm
}

/** @returns PCM16 as samples of ±1.0; {@link floatToPcm16} gives back exactly the same PCM16. */
export function pcm16ToFloat(pcm: Int16Array): Float32Array<ArrayBuffer> {
  const samples = new Float32Array(pcm.length)
  for (let index = 0; index < pcm.length; index++) samples[index] = (pcm[index] ?? 0) / FULL_SCALE
  return samples
}

/**
 * Little-endian PCM16 bytes as samples: a view where they are aligned, else a copy. Every host is little-endian.
 *
 * @param bytes an odd byte at the end is left out
 */
export function pcm16FromBytes(bytes: Uint8Array): Int16Array {
  const length = Math.floor(bytes.byteLength / SAMPLE_BYTES)
  if (bytes.byteOffset % SAMPLE_BYTES === 0) return new Int16Array(bytes.buffer, bytes.byteOffset, length)
  return new Int16Array(bytes.slice().buffer, 0, length)
}

/** @returns a view of the same memory as little-endian bytes. */
export function pcm16ToBytes<Buffer extends ArrayBufferLike>(pcm: Int16Array<Buffer>): Uint8Array<Buffer> {
  return new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength)
}
