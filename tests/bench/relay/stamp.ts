import { monotonicUs } from './clock.ts'

/**
 * The first samples of every payload say when it was sent, four bits each: quieter than a quiet room, since a relay listens
 * for speech, and a click in every frame is loud. In base64 they are characters of their own whatever follows.
 */
const STAMP_SAMPLES = 12
const SAMPLE_BYTES = 2
const STAMP_BYTES = STAMP_SAMPLES * SAMPLE_BYTES
export const STAMP_BASE64_CHARACTERS = (STAMP_BYTES / 3) * 4

/** What a sample carries, and how far it is shifted to swing around zero. */
const DIGITS = 16
const MIDDLE = DIGITS / 2

const scratch = Buffer.alloc(STAMP_BYTES)

/** Writes now into a payload that is about to leave. */
export function writeStamp(target: Buffer, offset: number): void {
  let rest = Math.floor(monotonicUs())
  for (let sample = 0; sample < STAMP_SAMPLES; sample++) {
    const higher = Math.floor(rest / DIGITS)
    target.writeInt16LE(rest - higher * DIGITS - MIDDLE, offset + sample * SAMPLE_BYTES)
    rest = higher
  }
}

/** Writes now, in base64, into a JSON text that is about to leave. */
export function writeBase64Stamp(target: Buffer, offset: number): void {
  writeStamp(scratch, 0)
  target.write(scratch.toString('base64'), offset, 'latin1')
}

/** @returns µs since the stamp was written */
export function ageOfStamp(bytes: Buffer, offset: number): number {
  let sentUs = 0
  for (let sample = STAMP_SAMPLES - 1; sample >= 0; sample--)
    sentUs = sentUs * DIGITS + bytes.readInt16LE(offset + sample * SAMPLE_BYTES) + MIDDLE
  return monotonicUs() - sentUs
}

/** @param base64 the characters of a stamp */
export function ageOfBase64Stamp(base64: string): number {
  scratch.write(base64, 'base64')
  return ageOfStamp(scratch, 0)
}
