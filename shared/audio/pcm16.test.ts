import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { floatToPcm16, pcm16FromBytes, pcm16ToBytes, pcm16ToFloat } from './pcm16.ts'

const pcm = fc.int16Array({ maxLength: 200 })

describe('floatToPcm16 and pcm16ToFloat', () => {
  it('give back every PCM16 sample exactly', () => {
    fc.assert(
      fc.property(pcm, (samples) => {
        expect(floatToPcm16(pcm16ToFloat(samples))).toEqual(samples)
      }),
    )
  })

  it('clamp what is too loud and silence what is no number', () => {
    const samples = Float32Array.of(2, 1, -1, -2, Infinity, -Infinity, NaN)
    expect([...floatToPcm16(samples)]).toEqual([32_767, 32_767, -32_768, -32_768, 32_767, -32_768, 0])
  })

  it('lose at most half a step', () => {
    fc.assert(
      fc.property(fc.float32Array({ min: -1, max: Math.fround(0.9999), noNaN: true }), (samples) => {
        const back = pcm16ToFloat(floatToPcm16(samples))
        samples.forEach((sample, index) =>
          expect(Math.abs((back[index] ?? 9) - sample)).toBeLessThanOrEqual(0.5 / 32_768),
        )
      }),
    )
  })
})

describe('pcm16FromBytes and pcm16ToBytes', () => {
  it('read the same samples at any offset, also odd ones', () => {
    fc.assert(
      fc.property(pcm, fc.nat(9), (samples, offset) => {
        const memory = new Uint8Array(offset + samples.byteLength)
        memory.set(pcm16ToBytes(samples), offset)
        expect([...pcm16FromBytes(memory.subarray(offset))]).toEqual([...samples])
      }),
    )
  })

  it('look at the same memory where it is aligned', () => {
    const bytes = new Uint8Array(8)
    pcm16FromBytes(bytes.subarray(2))[0] = 0x0102
    expect([...bytes]).toEqual([0, 0, 2, 1, 0, 0, 0, 0])
    expect(pcm16ToBytes(new Int16Array(bytes.buffer, 2, 1))).toEqual(Uint8Array.of(2, 1))
  })

  it('leave out an odd byte at the end', () => {
    expect([...pcm16FromBytes(Uint8Array.of(1, 0, 9))]).toEqual([1])
  })
})
