import { SAMPLE_BYTES } from './audio-format.ts'
import { pcm16ToBytes } from './pcm16.ts'
import { findWavChunks, fourCharacters, isRiffWave } from './wav-chunks.ts'

export type ParsedWav =
  | {
      readonly ok: true
      readonly rateHz: number
      /** Channels of the file; `samples` is their mean. */
      readonly channels: number
      /** Mono, ±1.0. */
      readonly samples: Float32Array<ArrayBuffer>
    }
  /** `fault` is a sentence a person can act on. */
  | { readonly ok: false; readonly fault: string }

const FORMAT = { pcm: 1, float: 3, extensible: 0xfffe } as const

/** Names of what is often found in WAV files and not read here (RFC 2361). */
const OTHER_FORMATS: Readonly<Record<number, string>> = {
  2: 'ADPCM',
  6: 'A-law',
  7: 'µ-law',
  0x11: 'IMA ADPCM',
  0x31: 'GSM 6.10',
  0x50: 'MPEG',
  0x55: 'MP3',
}

const MIN_FORMAT_BYTES = 16
const MIN_RATE_HZ = 1000
const MAX_RATE_HZ = 384_000
const MAX_CHANNELS = 64
const HEADER_BYTES = 44

const HOW_TO_CONVERT = 'Convert it to 16-bit PCM, for example with: ffmpeg -i INPUT -c:a pcm_s16le OUTPUT.wav'

/**
 * Reads a WAV file: PCM of 8, 16, 24 or 32 bits or 32-bit float, any number of channels, plain or
 * WAVE_FORMAT_EXTENSIBLE, also when cut short or written by a program that did not know its length. Never throws.
 */
export function parseWav(file: Uint8Array): ParsedWav {
  if (!isRiffWave(file)) return { ok: false, fault: `${whatItIs(file)} ${HOW_TO_CONVERT}` }
  const { format, data } = findWavChunks(file)
  const layout = readLayout(format)
  if (typeof layout === 'string') return { ok: false, fault: layout }
  const frames = data === undefined ? 0 : Math.floor(data.byteLength / (layout.containerBytes * layout.channels))
  if (data === undefined || frames === 0)
    return { ok: false, fault: 'The WAV file contains no sound. Record it again.' }
  return { ok: true, rateHz: layout.rateHz, channels: layout.channels, samples: mixDown(data, frames, layout) }
}

/** @returns a WAV file of mono PCM16. */
export function encodeWav(pcm: Int16Array, rateHz: number): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(HEADER_BYTES + pcm.byteLength)
  const header = new DataView(file.buffer)
  const writeName = (at: number, name: string) => {
    for (let index = 0; index < 4; index++) header.setUint8(at + index, name.charCodeAt(index))
  }
  writeName(0, 'RIFF')
  header.setUint32(4, file.byteLength - 8, true)
  writeName(8, 'WAVE')
  writeName(12, 'fmt ')
  header.setUint32(16, MIN_FORMAT_BYTES, true)
  header.setUint16(20, FORMAT.pcm, true)
  header.setUint16(22, 1, true)
  header.setUint32(24, rateHz, true)
  header.setUint32(28, rateHz * SAMPLE_BYTES, true)
  header.setUint16(32, SAMPLE_BYTES, true)
  header.setUint16(34, SAMPLE_BYTES * 8, true)
  writeName(36, 'data')
  header.setUint32(40, pcm.byteLength, true)
  file.set(pcm16ToBytes(pcm), HEADER_BYTES)
  return file
}

interface Layout {
  readonly rateHz: number
  readonly channels: number
  readonly isFloat: boolean
  /** Bytes of one sample of one channel; a sample of fewer bits lies at its upper end. */
  readonly containerBytes: number
}

/** @returns the layout, or why there is none that can be read */
function readLayout(format: DataView | undefined): Layout | string {
  if (format === undefined || format.byteLength < MIN_FORMAT_BYTES) {
    return 'The WAV file does not say how its sound is stored: it is damaged. Record or convert it again.'
  }
  const tag = readTag(format)
  const isFloat = tag === FORMAT.float
  if (tag !== FORMAT.pcm && !isFloat) {
    const name = OTHER_FORMATS[tag] ?? `format 0x${tag.toString(16)}`
    return `The WAV file is compressed (${name}). ${HOW_TO_CONVERT}`
  }
  const channels = format.getUint16(2, true)
  const rateHz = format.getUint32(4, true)
  const bits = format.getUint16(14, true)
  const containerBytes = containerOf(bits, format.getUint16(12, true) / channels)
  const oddity = oddityOf(channels, rateHz, isFloat ? [32, 32] : [8, 32], bits)
  return oddity === undefined ? { rateHz, channels, isFloat, containerBytes } : `${oddity} ${HOW_TO_CONVERT}`
}

function oddityOf(channels: number, rateHz: number, [minBits, maxBits]: [number, number], bits: number) {
  if (channels < 1 || channels > MAX_CHANNELS) return `The WAV file claims to have ${channels} channels.`
  if (rateHz < MIN_RATE_HZ || rateHz > MAX_RATE_HZ) return `The WAV file claims a rate of ${rateHz} Hz.`
  if (bits < minBits || bits > maxBits) return `The WAV file has samples of ${bits} bits.`
  return undefined
}

/** The real format of WAVE_FORMAT_EXTENSIBLE is the beginning of the GUID at 24. */
function readTag(format: DataView): number {
  const tag = format.getUint16(0, true)
  return tag === FORMAT.extensible && format.byteLength >= 26 ? format.getUint16(24, true) : tag
}

/** Files of 20 or 24 bits may keep them in 4 bytes: the block size says so, where it makes sense. */
function containerOf(bits: number, blockBytes: number): number {
  const needed = Math.ceil(bits / 8)
  return Number.isInteger(blockBytes) && blockBytes > needed && blockBytes <= 4 ? blockBytes : needed
}

function mixDown(data: Uint8Array, frames: number, layout: Layout): Float32Array<ArrayBuffer> {
  const { channels, containerBytes } = layout
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const read = sampleReader(view, layout)
  const samples = new Float32Array(frames)
  for (let frame = 0, at = 0; frame < frames; frame++) {
    let sum = 0
    for (let channel = 0; channel < channels; channel++, at += containerBytes) sum += read(at)
    const mean = sum / channels
    samples[frame] = Number.isFinite(mean) ? mean : 0
  }
  return samples
}

function sampleReader(view: DataView, { isFloat, containerBytes }: Layout): (at: number) => number {
  if (isFloat) return (at) => view.getFloat32(at, true)
  switch (containerBytes) {
    case 1:
      // Eight bits alone are unsigned.
      return (at) => (view.getUint8(at) - 128) / 128
    case 2:
      return (at) => view.getInt16(at, true) / 2 ** 15
    case 3:
      return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23
    default:
      return (at) => view.getInt32(at, true) / 2 ** 31
  }
}

function whatItIs(file: Uint8Array): string {
  if (file.byteLength === 0) return 'The file is empty.'
  const magic = fourCharacters(file, 0)
  if (magic.startsWith('ID3') || (file[0] === 0xff && ((file[1] ?? 0) & 0xe0) === 0xe0)) return 'This is an MP3 file.'
  if (magic === 'OggS') return 'This is an Ogg file.'
  if (magic === 'fLaC') return 'This is a FLAC file.'
  if (fourCharacters(file, 4) === 'ftyp') return 'This is an MP4 file.'
  return 'This is not a WAV file.'
}
