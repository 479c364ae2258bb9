import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { floatToPcm16 } from './pcm16.ts'
import { encodeWav, parseWav } from './wav.ts'

interface Made {
  readonly tag?: number
  readonly channels?: number
  readonly rateHz?: number
  readonly bits?: number
  readonly blockBytes?: number
  /** Bytes after the 16 of a plain format chunk. */
  readonly formatRest?: readonly number[]
  /** Chunks before the data. */
  readonly before?: readonly number[]
  readonly after?: readonly number[]
  readonly data: readonly number[]
  /** What the header claims, when it is not the truth. */
  readonly dataSize?: number
  readonly riffSize?: number
  readonly magic?: string
}

const u16 = (value: number) => [value & 255, (value >> 8) & 255]
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)]
const name = (text: string) => Array.from(text, (character) => character.charCodeAt(0))
const f32 = (...values: number[]) => [...new Uint8Array(Float32Array.from(values).buffer)]

/** Writes a WAV file byte by byte, so that nothing of the code under test makes its own input. */
function wav(made: Made): Uint8Array {
  const { tag = 1, channels = 1, rateHz = 16_000, bits = 16, formatRest = [], data } = made
  const block = made.blockBytes ?? channels * Math.ceil(bits / 8)
  const format = [...u16(tag), ...u16(channels), ...u32(rateHz), ...u32(rateHz * block), ...u16(block), ...u16(bits)]
  const body = [
    ...name('WAVE'),
    ...name('fmt '),
    ...u32(16 + formatRest.length),
    ...format,
    ...formatRest,
    ...(made.before ?? []),
    ...name('data'),
    ...u32(made.dataSize ?? data.length),
    ...data,
    ...(made.after ?? []),
  ]
  return Uint8Array.from([...name(made.magic ?? 'RIFF'), ...u32(made.riffSize ?? body.length), ...body])
}

/** The rest of WAVE_FORMAT_EXTENSIBLE: size, valid bits, speakers, GUID of the real format. */
const extensible = (tag: number, validBits: number) => [
  ...u16(22),
  ...u16(validBits),
  ...u32(3),
  ...u16(tag),
  ...[0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71],
]

function samplesOf(file: Uint8Array): number[] {
  const parsed = parseWav(file)
  if (!parsed.ok) throw new Error(parsed.fault)
  return [...parsed.samples]
}

function faultOf(file: Uint8Array): string {
  const parsed = parseWav(file)
  expect(parsed.ok).toBe(false)
  return parsed.ok ? '' : parsed.fault
}

describe('parseWav reads', () => {
  it.each<[string, Made, number[]]>([
    ['8 bits, unsigned', { bits: 8, data: [0, 128, 255] }, [-1, 0, 127 / 128]],
    ['16 bits', { data: [0, 0x80, 0, 0, 0, 0x40] }, [-1, 0, 0.5]],
    ['24 bits', { bits: 24, data: [0, 0, 0x80, 0, 0, 0x40, 1, 0, 0] }, [-1, 0.5, 2 ** -23]],
    ['32 bits', { bits: 32, data: [0, 0, 0, 0x80, 0, 0, 0, 0x40] }, [-1, 0.5]],
    ['32-bit float', { tag: 3, bits: 32, data: f32(-1, 0.25, 1.5) }, [-1, 0.25, 1.5]],
    ['float that is no number as silence', { tag: 3, bits: 32, data: f32(NaN, Infinity, 0.5) }, [0, 0, 0.5]],
    ['24 bits kept in 4 bytes', { bits: 24, blockBytes: 4, data: [0, 0, 0, 0x40] }, [0.5]],
    ['12 bits kept in 2 bytes', { bits: 12, data: [0, 0xc0] }, [-0.5]],
    ['stereo as its mean', { channels: 2, data: [0, 0x40, 0, 0, 0, 0x40, 0, 0x40] }, [0.25, 0.5]],
    ['six channels as their mean', { channels: 6, bits: 8, data: [192, 192, 192, 128, 128, 128] }, [0.25]],
    ['extensible PCM', { tag: 0xfffe, formatRest: extensible(1, 16), data: [0, 0x40] }, [0.5]],
    ['extensible float', { tag: 0xfffe, bits: 32, formatRest: extensible(3, 32), data: f32(0.75) }, [0.75]],
    ['unknown chunks of odd length', { before: [...name('LIST'), ...u32(3), 1, 2, 3, 0], data: [0, 0x40] }, [0.5]],
    ['chunks after the sound', { bits: 8, data: [128], after: [0, ...name('id3 '), ...u32(1), 7, 0] }, [0]],
    ['a file cut in the middle of a sample', { dataSize: 4000, data: [0, 0x40, 0, 0x20, 9] }, [0.5, 0.25]],
    ['a stream of unknown size', { dataSize: 0xffff_ffff, riffSize: 0xffff_ffff, data: [0, 0x40] }, [0.5]],
    ['a stream whose sizes were never filled in', { dataSize: 0, riffSize: 0, data: [0, 0x40] }, [0.5]],
    ['RF64', { magic: 'RF64', dataSize: 0xffff_ffff, riffSize: 0xffff_ffff, data: [0, 0x40] }, [0.5]],
  ])('%s', (_what, made, expected) => {
    expect(samplesOf(wav(made))).toEqual(expected.map(Math.fround))
  })

  it('the rate and the number of channels', () => {
    expect(parseWav(wav({ rateHz: 44_100, channels: 2, data: [0, 0, 0, 0] }))).toMatchObject({
      ok: true,
      rateHz: 44_100,
      channels: 2,
    })
  })

  it('a file in the middle of other memory, at an odd offset', () => {
    const file = wav({ data: [0, 0x40] })
    const memory = new Uint8Array(file.length + 9).fill(0xff)
    memory.set(file, 3)
    expect(samplesOf(memory.subarray(3, 3 + file.length))).toEqual([0.5])
  })

  it('what encodeWav wrote, exactly', () => {
    fc.assert(
      fc.property(
        fc.int16Array({ minLength: 1, maxLength: 300 }),
        fc.constantFrom(8000, 16_000, 24_000),
        (pcm, rateHz) => {
          const parsed = parseWav(encodeWav(pcm, rateHz))
          expect(parsed).toMatchObject({ ok: true, rateHz, channels: 1 })
          if (parsed.ok) expect(floatToPcm16(parsed.samples)).toEqual(pcm)
        },
      ),
    )
  })
})

describe('parseWav says what is wrong with', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /file is empty/],
    ['four bytes', Uint8Array.from(name('RIFF')), /not a WAV file.*ffmpeg/],
    ['an MP3 file', Uint8Array.of(0xff, 0xfb, 0x90, 0, 0, 0), /MP3/],
    ['an MP3 file with a title', Uint8Array.from([...name('ID3'), 4, 0]), /MP3/],
    ['an Ogg file', Uint8Array.from(name('OggS....')), /Ogg/],
    ['a FLAC file', Uint8Array.from(name('fLaC....')), /FLAC/],
    ['an MP4 file', Uint8Array.from([0, 0, 0, 32, ...name('ftypM4A ')]), /MP4/],
    ['a picture in a RIFF file', Uint8Array.from([...name('RIFF'), ...u32(4), ...name('WEBP')]), /not a WAV file/],
    ['a header alone', Uint8Array.from([...name('RIFF'), ...u32(4), ...name('WAVE')]), /damaged/],
    ['a format cut short', wav({ data: [0, 0] }).slice(0, 30), /damaged/],
    ['no data chunk', wav({ data: [] }).slice(0, 36), /no sound/],
    ['no samples', wav({ data: [] }), /no sound/],
    ['half a sample', wav({ data: [1] }), /no sound/],
    ['µ-law', wav({ tag: 7, bits: 8, data: [1, 2] }), /compressed \(µ-law\).*ffmpeg/],
    ['MP3 in a WAV file', wav({ tag: 0x55, bits: 0, data: [1, 2] }), /compressed \(MP3\)/],
    ['a format nobody knows', wav({ tag: 0x1234, data: [1, 2] }), /0x1234/],
    ['an extensible format without its GUID', wav({ tag: 0xfffe, data: [1, 2] }), /0xfffe/],
    ['no channels', wav({ channels: 0, blockBytes: 0, data: [1, 2] }), /0 channels/],
    ['too many channels', wav({ channels: 65_535, data: [1, 2] }), /65535 channels/],
    ['no rate', wav({ rateHz: 0, data: [1, 2] }), /0 Hz/],
    ['a rate beyond reason', wav({ rateHz: 4_000_000_000, data: [1, 2] }), /4000000000 Hz/],
    ['64-bit float', wav({ tag: 3, bits: 64, data: [0, 0, 0, 0, 0, 0, 0, 0] }), /64 bits/],
    ['4 bits', wav({ bits: 4, data: [1, 2] }), /4 bits/],
  ])('%s', (_what, file, sentence) => {
    expect(faultOf(file)).toMatch(sentence)
  })

  it('any bytes at all, without throwing', () => {
    const valid = wav({ channels: 2, before: [...name('LIST'), ...u32(2), 1, 2], data: [1, 2, 3, 4, 5, 6, 7, 8] })
    const mutation = fc.tuple(fc.nat(valid.length - 1), fc.nat(255))
    const mutated = fc.tuple(fc.array(mutation, { maxLength: 12 }), fc.nat(valid.length)).map(([changes, end]) => {
      const file = valid.slice()
      for (const [at, value] of changes) file[at] = value
      return file.subarray(0, end)
    })
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (file) => {
        const parsed = parseWav(file)
        if (parsed.ok) expect(parsed.samples.every((sample) => Number.isFinite(sample))).toBe(true)
        else expect(parsed.fault).toMatch(/\S\. |\.$/)
      }),
      { numRuns: 2000 },
    )
  })
})
