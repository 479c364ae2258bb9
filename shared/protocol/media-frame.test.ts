import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeMediaFrame,
  encodeMediaFrame,
  isSeqAtOrBelow,
  isTurnAtOrBelow,
  type ImageFrame,
  type MediaFrame,
  type MicrophoneFrame,
  type SpeechFrame,
} from './media-frame.ts'

const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const pcm = fc.int16Array({ maxLength: 600 }).map((samples) => new Uint8Array(samples.buffer))
const jpeg = fc.uint8Array({ maxLength: 300 }).map((rest) => Uint8Array.of(0xff, 0xd8, 0xff, ...rest))

const microphone: fc.Arbitrary<MicrophoneFrame> = fc.record({
  kind: fc.constant('microphone'),
  seq: u32,
  timeMs: u32,
  replayed: fc.boolean(),
  payload: pcm,
})
const image: fc.Arbitrary<ImageFrame> = fc.record({
  kind: fc.constant('image'),
  seq: u32,
  timeMs: u32,
  source: fc.constantFrom('tab', 'camera', 'screen', 'region'),
  payload: jpeg,
})
const speech: fc.Arbitrary<SpeechFrame> = fc.record({
  kind: fc.constant('speech'),
  seq: u32,
  timeMs: u32,
  turn: u16,
  payload: pcm,
})

describe('a media frame', () => {
  it('comes back as it was, wherever it lies in memory', () => {
    fc.assert(
      fc.property(fc.oneof<fc.Arbitrary<MediaFrame>[]>(microphone, image, speech), fc.nat(7), (frame, offset) => {
        const bytes = encodeMediaFrame(frame)
        const memory = new Uint8Array(offset + bytes.length + 3)
        memory.set(bytes, offset)
        expect(decodeMediaFrame(memory.subarray(offset, offset + bytes.length))).toEqual(frame)
      }),
    )
  })

  it('has the header of the contract', () => {
    const frame = {
      kind: 'speech',
      seq: 0x01020304,
      timeMs: 0x0a0b0c0d,
      turn: 0x1234,
      payload: Uint8Array.of(7, 8),
    } as const
    expect([...encodeMediaFrame(frame)]).toEqual([129, 0, 0x34, 0x12, 4, 3, 2, 1, 0xd, 0xc, 0xb, 0xa, 7, 8])
    const again = { kind: 'microphone', seq: 1, timeMs: 2, replayed: true, payload: new Uint8Array(0) } as const
    expect([...encodeMediaFrame(again)]).toEqual([1, 1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0])
    const picture = {
      kind: 'image',
      seq: 1,
      timeMs: 2,
      source: 'screen',
      payload: Uint8Array.of(0xff, 0xd8, 0xff),
    } as const
    expect([...encodeMediaFrame(picture)]).toEqual([2, 2, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0xff, 0xd8, 0xff])
  })

  it('wraps counts that grew too large, and takes times with fractions', () => {
    const frame = {
      kind: 'speech',
      seq: 2 ** 32 + 5,
      timeMs: 12.75,
      turn: 65_536 + 9,
      payload: new Uint8Array(0),
    } as const
    expect(decodeMediaFrame(encodeMediaFrame(frame))).toMatchObject({ seq: 5, timeMs: 12, turn: 9 })
  })

  it.each([
    ['short_header', []],
    ['short_header', [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0]],
    ['unknown_kind', [3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]],
    ['odd_pcm_length', [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9]],
    ['odd_pcm_length', [129, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9]],
    ['unknown_image_source', [2, 4, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xd8, 0xff]],
    ['not_jpeg', [2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0x89, 0x50, 0x4e, 0x47]],
    ['not_jpeg', [2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]],
  ])('is refused as %s', (fault, bytes) => {
    expect(decodeMediaFrame(Uint8Array.from(bytes))).toBe(fault)
  })

  it('never throws, whatever the bytes', () => {
    const kinds = fc.constantFrom(1, 2, 129)
    const likely = fc.tuple(kinds, fc.uint8Array({ maxLength: 60 })).map(([kind, rest]) => Uint8Array.of(kind, ...rest))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), likely), (bytes) => {
        const frame = decodeMediaFrame(bytes)
        if (typeof frame !== 'string') expect(frame.payload.byteLength).toBe(bytes.byteLength - 12)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('serial comparison', () => {
  it('takes what was counted up to half the range before as at or below, over the wrap too', () => {
    fc.assert(
      fc.property(u16, fc.nat(0x7fff), (limit, back) => {
        expect(isTurnAtOrBelow((limit - back) & 0xffff, limit)).toBe(true)
        if (back > 0) expect(isTurnAtOrBelow((limit + back) & 0xffff, limit)).toBe(false)
      }),
    )
    fc.assert(
      fc.property(u32, fc.nat(0x7fff_ffff), (limit, back) => {
        expect(isSeqAtOrBelow((limit - back) >>> 0, limit)).toBe(true)
        if (back > 0) expect(isSeqAtOrBelow((limit + back) >>> 0, limit)).toBe(false)
      }),
    )
  })
})
