import { randomFillSync } from 'node:crypto'
import { FIN_BIT, LENGTH_IN_2_BYTES, LENGTH_IN_8_BYTES, MASK_BIT } from './frame.ts'

/** Writes a payload in another form straight into the frame that carries it. */
export interface PayloadWriter {
  /** @returns how many bytes {@link write} will write */
  byteLength(payload: Uint8Array): number
  write(payload: Uint8Array, frame: FrameRoom, offset: number): void
}

const WORD_BYTES = 4

/** The longest header has 14 bytes; so the mask, its end, is a word of the memory, and the payload begins with the next one. */
const PAYLOAD_AT = 16
const MASK_AT = PAYLOAD_AT - WORD_BYTES

/** Frames up to this size are built where the one before was, bytes; larger than a picture of the extension's. */
const SCRATCH_BYTES = 64 * 1024

/** So many masks are drawn at once: the call costs more than the randomness. */
const DRAWN_MASKS = 2 * 1024

/** The payload as it is. */
export const AS_IT_IS: PayloadWriter = {
  byteLength: (payload) => payload.length,
  write: (payload, { bytes }, offset) => bytes.set(payload, offset),
}

/** Memory for one frame, to be written in any way. */
export class FrameRoom {
  readonly bytes: Buffer
  readonly view: DataView
  /** It is masked a word at a time. */
  readonly words: Int32Array

  constructor(bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(Math.ceil(bytes / WORD_BYTES) * WORD_BYTES)
    this.view = new DataView(this.bytes.buffer)
    this.words = new Int32Array(this.bytes.buffer)
  }
}

/**
 * Builds the frames of a client, one buffer each: header, mask and masked payload (RFC 6455 §5.2, §5.3). One for the whole
 * process, for it owns the scratch in which most frames are built, so that what is said costs no memory at all.
 */
export class FrameWriter {
  #scratch = new FrameRoom(SCRATCH_BYTES)
  readonly #masks = new Int32Array(DRAWN_MASKS)
  #usedMasks = DRAWN_MASKS

  /**
   * @param opcode of a frame that is a message of its own
   * @param reuse build it in the scratch, if it fits: valid until the next call, unless {@link keep} is called
   */
  build(opcode: number, payload: Uint8Array, form: PayloadWriter, reuse: boolean): Buffer {
    const payloadBytes = form.byteLength(payload)
    const end = PAYLOAD_AT + payloadBytes
    const room = reuse && end <= SCRATCH_BYTES ? this.#scratch : new FrameRoom(end)
    const start = MASK_AT - headBytesOf(payloadBytes)
    writeHead(room.bytes, start, opcode, payloadBytes)
    form.write(payload, room, PAYLOAD_AT)
    mask(room.words, this.#nextMask(), end)
    return room.bytes.subarray(start, end)
  }

  /** The frame that was built last is still needed: the next is built elsewhere. */
  keep(): void {
    this.#scratch = new FrameRoom(SCRATCH_BYTES)
  }

  /** @returns 32 bits nobody could foresee (§5.3) */
  #nextMask(): number {
    if (this.#usedMasks === DRAWN_MASKS) {
      randomFillSync(this.#masks)
      this.#usedMasks = 0
    }
    return this.#masks[this.#usedMasks++] ?? 0
  }
}

/** Writes the mask before the payload, and over it up to `end`; what follows in the last word is nobody's. */
function mask(words: Int32Array, key: number, end: number): void {
  words[MASK_AT / WORD_BYTES] = key
  for (let index = PAYLOAD_AT / WORD_BYTES; index * WORD_BYTES < end; index++) words[index] = (words[index] ?? 0) ^ key
}

/** Of the header without the mask. */
function headBytesOf(payloadBytes: number): number {
  if (payloadBytes < LENGTH_IN_2_BYTES) return 2
  return payloadBytes < 65_536 ? 4 : 10
}

function writeHead(frame: Buffer, offset: number, opcode: number, payloadBytes: number): void {
  frame[offset] = FIN_BIT | opcode
  if (payloadBytes < LENGTH_IN_2_BYTES) frame[offset + 1] = MASK_BIT | payloadBytes
  else if (payloadBytes < 65_536) {
    frame[offset + 1] = MASK_BIT | LENGTH_IN_2_BYTES
    frame[offset + 2] = payloadBytes >> 8
    frame[offset + 3] = payloadBytes
  } else {
    frame[offset + 1] = MASK_BIT | LENGTH_IN_8_BYTES
    frame.writeUInt32BE(Math.floor(payloadBytes / 2 ** 32), offset + 2)
    frame.writeUInt32BE(payloadBytes >>> 0, offset + 6)
  }
}
