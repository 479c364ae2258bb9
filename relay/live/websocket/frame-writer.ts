import { randomFillSync } from 'node:crypto'
import { createRequire } from 'node:module'
import { FIN_BIT, LENGTH_IN_2_BYTES, LENGTH_IN_8_BYTES, MASK_BIT } from './frame.ts'

/** The one function of `bufferutil` that is used; the package brings no types. */
interface BufferUtil {
  /** Writes `length` bytes of `source`, masked with the four of `mask`, to `output` from `offset` on; may be in place. */
  readonly mask: (source: Uint8Array, mask: Uint8Array, output: Uint8Array, offset: number, length: number) => void
}

const require = createRequire(import.meta.url)
const bufferUtil = require('bufferutil') as BufferUtil

/** Writes a payload in another form straight into the frame that carries it. */
export interface PayloadWriter {
  /** @returns how many bytes {@link write} will write */
  byteLength(payload: Uint8Array): number
  write(payload: Uint8Array, frame: Buffer, offset: number): void
}

const MASK_BYTES = 4

/** Frames up to this size are built where the one before was, bytes; larger than a picture of the extension's. */
const SCRATCH_BYTES = 64 * 1024

/** So many bytes of randomness are asked for at once: the call costs more than the bytes. */
const RANDOM_BYTES = 8 * 1024

/** The payload as it is. */
export const AS_IT_IS: PayloadWriter = {
  byteLength: (payload) => payload.length,
  write: (payload, frame, offset) => frame.set(payload, offset),
}

/**
 * Builds the frames of a client, one buffer each: header, mask and masked payload (RFC 6455 §5.2, §5.3). One for the whole
 * process, for it owns the scratch in which most frames are built, so that what is said costs no memory at all.
 */
export class FrameWriter {
  #scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  readonly #random = Buffer.allocUnsafeSlow(RANDOM_BYTES)
  readonly #mask = Buffer.alloc(MASK_BYTES)
  #randomUsed = RANDOM_BYTES

  /**
   * @param opcode of a frame that is a message of its own
   * @param reuse build it in the scratch, if it fits: valid until the next call, unless {@link keep} is called
   */
  build(opcode: number, payload: Uint8Array, writer: PayloadWriter, reuse: boolean): Buffer {
    const payloadBytes = writer.byteLength(payload)
    const headerBytes = headerBytesOf(payloadBytes)
    const bytes = headerBytes + payloadBytes
    const frame = reuse && bytes <= SCRATCH_BYTES ? this.#scratch.subarray(0, bytes) : Buffer.allocUnsafe(bytes)
    writeHeader(frame, opcode, payloadBytes)
    writer.write(payload, frame, headerBytes)
    const mask = this.#nextMask()
    frame.set(mask, headerBytes - MASK_BYTES)
    const masked = frame.subarray(headerBytes)
    bufferUtil.mask(masked, mask, masked, 0, payloadBytes)
    return frame
  }

  /** The frame that was built last is still needed: the next is built elsewhere. */
  keep(): void {
    this.#scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  }

  /** @returns four bytes nobody could foresee (§5.3), valid until the next call */
  #nextMask(): Uint8Array {
    if (this.#randomUsed === RANDOM_BYTES) {
      randomFillSync(this.#random)
      this.#randomUsed = 0
    }
    this.#random.copy(this.#mask, 0, this.#randomUsed, (this.#randomUsed += MASK_BYTES))
    return this.#mask
  }
}

function headerBytesOf(payloadBytes: number): number {
  if (payloadBytes < LENGTH_IN_2_BYTES) return 2 + MASK_BYTES
  return (payloadBytes < 65_536 ? 4 : 10) + MASK_BYTES
}

function writeHeader(frame: Buffer, opcode: number, payloadBytes: number): void {
  frame[0] = FIN_BIT | opcode
  if (payloadBytes < LENGTH_IN_2_BYTES) frame[1] = MASK_BIT | payloadBytes
  else if (payloadBytes < 65_536) {
    frame[1] = MASK_BIT | LENGTH_IN_2_BYTES
    frame[2] = payloadBytes >> 8
    frame[3] = payloadBytes
  } else {
    frame[1] = MASK_BIT | LENGTH_IN_8_BYTES
    frame.writeUInt32BE(Math.floor(payloadBytes / 2 ** 32), 2)
    frame.writeUInt32BE(payloadBytes >>> 0, 6)
  }
}
