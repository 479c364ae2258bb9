/**
 * Binary frames, both ways (docs/protocol.md §2.3): a 12-byte little-endian header, then the payload.
 * Offset 0 u8 kind · 1 u8 flags · 2 u16 turn mod 65 536 · 4 u32 seq · 8 u32 time in ms.
 */
export const HEADER_BYTES = 12

export const FRAME_KIND = { microphone: 1, image: 2, speech: 129 } as const

/** Flag bit 0 of a microphone frame: sent again after a resume. */
const REPLAYED_FLAG = 1

/** Sources of an image, in the order of their flag values. */
const IMAGE_SOURCES = ['tab', 'camera', 'screen', 'region'] as const
export type ImageSource = (typeof IMAGE_SOURCES)[number]

export interface MicrophoneFrame {
  readonly kind: 'microphone'
  /** Grows by one per frame, over reconnects too; wraps at 2³². */
  readonly seq: number
  /** Capture time of the first sample, ms, wraps at 2³². */
  readonly timeMs: number
  readonly replayed: boolean
  /** PCM16 mono little-endian 16 kHz; a view into the received buffer, copy it to keep it. */
  readonly payload: Uint8Array
}

export interface ImageFrame {
  readonly kind: 'image'
  readonly seq: number
  readonly timeMs: number
  readonly source: ImageSource
  /** A JPEG file; a view into the received buffer. */
  readonly payload: Uint8Array
}

export interface SpeechFrame {
  readonly kind: 'speech'
  readonly seq: number
  /** Position of the first sample in the turn, ms. */
  readonly timeMs: number
  /** The turn modulo 65 536: compare serially. */
  readonly turn: number
  /** PCM16 mono little-endian 24 kHz; a view into the received buffer. */
  readonly payload: Uint8Array
}

export type MediaFrame = MicrophoneFrame | ImageFrame | SpeechFrame

/** Why bytes are not a media frame; the words are safe to show. */
export type FrameFault = 'short_header' | 'unknown_kind' | 'odd_pcm_length' | 'unknown_image_source' | 'not_jpeg'

/** @returns the frame as bytes: a fresh buffer of 12 + payload bytes. */
export function encodeMediaFrame(frame: MediaFrame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + frame.payload.byteLength)
  writeMediaFrame(bytes, frame)
  return bytes
}

/** Writes the frame to the beginning of `target`, which holds at least 12 + payload bytes. */
export function writeMediaFrame(target: Uint8Array, frame: MediaFrame): void {
  const turn = frame.kind === 'speech' ? frame.turn : 0
  target[0] = FRAME_KIND[frame.kind]
  target[1] = flagsOf(frame)
  target[2] = turn
  target[3] = turn >> 8
  writeUint32(target, 4, frame.seq)
  writeUint32(target, 8, frame.timeMs)
  target.set(frame.payload, HEADER_BYTES)
}

/**
 * Reads one binary frame. Never throws: bad bytes are a fault.
 *
 * @param data the whole frame; the result's payload is a view into it
 */
export function decodeMediaFrame(data: Uint8Array): MediaFrame | FrameFault {
  if (data.byteLength < HEADER_BYTES) return 'short_header'
  const flags = data[1] ?? 0
  const seq = uint32At(data, 4)
  const timeMs = uint32At(data, 8)
  const payload = data.subarray(HEADER_BYTES)
  switch (data[0]) {
    case FRAME_KIND.microphone:
      if (payload.byteLength % 2 !== 0) return 'odd_pcm_length'
      return { kind: 'microphone', seq, timeMs, replayed: (flags & REPLAYED_FLAG) !== 0, payload }
    case FRAME_KIND.image: {
      const source = IMAGE_SOURCES[flags]
      if (source === undefined) return 'unknown_image_source'
      if (!isJpeg(payload)) return 'not_jpeg'
      return { kind: 'image', seq, timeMs, source, payload }
    }
    case FRAME_KIND.speech:
      if (payload.byteLength % 2 !== 0) return 'odd_pcm_length'
      return { kind: 'speech', seq, timeMs, turn: uint32At(data, 2) & 0xffff, payload }
    default:
      return 'unknown_kind'
  }
}

/**
 * Serial comparison of turns that travel modulo 65 536 (RFC 1982): whether `turn` is at or below `limit`.
 */
export function isTurnAtOrBelow(turn: number, limit: number): boolean {
  return ((limit - turn) & 0xffff) < 0x8000
}

/**
 * Serial comparison of frame numbers, which wrap at 2³² (RFC 1982): whether `seq` is at or below `limit`.
 */
export function isSeqAtOrBelow(seq: number, limit: number): boolean {
  return (limit - seq) >>> 0 < 0x8000_0000
}

/** Little-endian, modulo 2³², without a fraction. A DataView for each frame would cost more than the rest of it. */
function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  const whole = value >>> 0
  bytes[offset] = whole
  bytes[offset + 1] = whole >> 8
  bytes[offset + 2] = whole >> 16
  bytes[offset + 3] = whole >> 24
}

/** Little-endian. */
function uint32At(bytes: Uint8Array, offset: number): number {
  const low = (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8)
  const high = (bytes[offset + 2] ?? 0) | ((bytes[offset + 3] ?? 0) << 8)
  return (low | (high << 16)) >>> 0
}

function flagsOf(frame: MediaFrame): number {
  switch (frame.kind) {
    case 'microphone':
      return frame.replayed ? REPLAYED_FLAG : 0
    case 'image':
      return IMAGE_SOURCES.indexOf(frame.source)
    case 'speech':
      return 0
  }
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff
}
