import { monotonicUs } from './clock.ts'

/**
 * The first bytes of every payload say when it was sent. 12 bytes, so that base64 turns them into 16 characters of their
 * own whatever follows; they are a few samples of noise to whoever plays or hears them.
 */
const STAMP_BYTES = 12
export const STAMP_BASE64_CHARACTERS = 16

const scratch = Buffer.alloc(STAMP_BYTES)

/** Writes now into a payload that is about to leave. */
export function writeStamp(target: Buffer, offset: number): void {
  target.writeDoubleLE(monotonicUs(), offset)
}

/** Writes now, in base64, into a JSON text that is about to leave. */
export function writeBase64Stamp(target: Buffer, offset: number): void {
  writeStamp(scratch, 0)
  target.write(scratch.toString('base64'), offset, 'latin1')
}

/** @returns µs since the stamp was written */
export function ageOfStamp(bytes: Buffer, offset: number): number {
  return monotonicUs() - bytes.readDoubleLE(offset)
}

/** @param base64 the 16 characters of a stamp */
export function ageOfBase64Stamp(base64: string): number {
  scratch.write(base64, 'base64')
  return monotonicUs() - scratch.readDoubleLE(0)
}
