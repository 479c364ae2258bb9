import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMuLaw, encodeMuLaw } from './mu-law.ts'

function encoded(...samples: readonly number[]): Buffer {
  const pcm = Buffer.alloc(2 * samples.length)
  samples.forEach((sample, index) => pcm.writeInt16LE(sample, 2 * index))
  const codes = Buffer.alloc(samples.length)
  encodeMuLaw(pcm, codes, 0)
  return codes
}

function decoded(codes: Uint8Array): readonly number[] {
  const pcm = Buffer.from(decodeMuLaw(codes))
  return Array.from({ length: codes.length }, (_, index) => pcm.readInt16LE(2 * index))
}

describe('µ-law', () => {
  it('has the codes of G.711', () => {
    // Silence, the smallest steps, and both ends of the scale, as in the tables of ITU-T G.711.
    expect([...encoded(0, 8, -8, 1000, -1000, 32_767, -32_768)]).toEqual([0xff, 0xfe, 0x7e, 0xce, 0x4e, 0x80, 0x00])
    expect(decoded(Uint8Array.of(0xff, 0xfe, 0x7e, 0xce, 0x4e, 0x80, 0x00))).toEqual([
      0, 8, -8, 988, -988, 32_124, -32_124,
    ])
  })

  it('gives every code back', () => {
    const codes = Buffer.from(Array.from({ length: 256 }, (_, code) => code))
    const expected = Buffer.from(codes)
    // There are two zeros; minus zero sounds the same.
    expected[0x7f] = 0xff
    expect(encoded(...decoded(codes))).toEqual(expected)
  })

  it('is off by a thirtieth of a sample at most', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -32_124, max: 32_124 }), { minLength: 1, maxLength: 50 }), (samples) => {
        decoded(encoded(...samples)).forEach((sample, index) => {
          const original = samples[index] ?? 0
          expect(Math.abs(sample - original)).toBeLessThanOrEqual(Math.abs(original) / 30 + 8)
        })
      }),
    )
  })

  it('writes where it is told, from bytes wherever they lie', () => {
    const pcm = Uint8Array.of(9, 0xe8, 0x03, 0x18, 0xfc).subarray(1)
    const target = new Uint8Array(4)
    encodeMuLaw(pcm, target, 1)
    expect([...target]).toEqual([0, 0xce, 0x4e, 0])
  })
})
