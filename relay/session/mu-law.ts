import { SAMPLE_BYTES } from '../../shared/audio/audio-format.ts'

/**
 * G.711 µ-law, the sound of the telephone: one byte a sample instead of two, at 38 dB above its own noise for loud and for
 * quiet speech alike. By look-up, since it is done with every microphone frame somebody speaks.
 */

/** ITU-T G.711 adds this to a magnitude before it looks for the leading bit, in 16-bit steps. */
const BIAS = 0x84

/** The loudest magnitude that has a code, in 16-bit steps. */
const CLIP = 0x7fff - BIAS

/** µ-law tells 14 bits apart: the two lowest do not count, and the table fits the processor's nearest cache. */
const UNUSED_BITS = 2

const SIGN_BIT = 0x80
const STEP_BITS = 0x0f

const CODES = Uint8Array.from({ length: 1 << (16 - UNUSED_BITS) }, (_, index) =>
  codeOf(((index << UNUSED_BITS) << 16) >> 16),
)
const SAMPLES = Int16Array.from({ length: 256 }, (_, code) => sampleOf(code))

/**
 * Encodes whole samples.
 *
 * @param pcm PCM16 little-endian; needs no alignment
 * @param target gets a byte a sample from `offset` on; must have room
 */
export function encodeMuLaw(pcm: Uint8Array, target: Uint8Array, offset: number): void {
  for (let from = 0, to = offset; from + 1 < pcm.length; from += SAMPLE_BYTES, to++)
    target[to] = CODES[((pcm[from] ?? 0) | ((pcm[from + 1] ?? 0) << 8)) >> UNUSED_BITS] ?? 0
}

/** @returns PCM16 little-endian, memory of its own */
export function decodeMuLaw(codes: Uint8Array): Uint8Array {
  const pcm = new Uint8Array(codes.length * SAMPLE_BYTES)
  let to = 0
  for (const code of codes) {
    const sample = SAMPLES[code] ?? 0
    pcm[to++] = sample
    pcm[to++] = sample >> 8
  }
  return pcm
}

function codeOf(sample: number): number {
  const sign = sample < 0 ? SIGN_BIT : 0
  const magnitude = Math.min(Math.abs(sample), CLIP) + BIAS
  const segment = 24 - Math.clz32(magnitude)
  return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & STEP_BITS)) & 0xff
}

function sampleOf(code: number): number {
  const bits = ~code & 0xff
  const segment = (bits & ~SIGN_BIT) >> 4
  const magnitude = ((((bits & STEP_BITS) << 3) + BIAS) << segment) - BIAS
  return (bits & SIGN_BIT) === 0 ? magnitude : -magnitude
}
