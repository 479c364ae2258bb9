import { isUtf8 } from 'node:buffer'
import {
  FIN_BIT,
  isSendableCode,
  LENGTH_BITS,
  LENGTH_IN_2_BYTES,
  MASK_BIT,
  MAX_CONTROL_BYTES,
  OPCODE,
  OPCODE_BITS,
  RESERVED_BITS,
  STATUS,
} from './frame.ts'
import { GrowingBuffer } from './growing-buffer.ts'

/** What a server's bytes mean. */
export interface FrameSink {
  /** A whole message, text or binary. @param payload valid during the call only */
  readonly onMessage: (payload: Buffer) => void
  /** @param payload valid during the call only */
  onPing(payload: Buffer): void
  /** A close frame: nothing is read after it. @param code {@link STATUS.noCode} without one */
  onCloseFrame(code: number, reason: string): void
  /** The server broke the rules: nothing is read after it. @param status what a close frame is to say of it */
  onViolation(status: number, why: string): void
}

interface Header {
  readonly opcode: number
  readonly isFinal: boolean
  /** Of the header itself. */
  readonly bytes: number
  readonly payloadBytes: number
}

/** Says why the connection cannot go on; thrown and caught in this file alone. */
class Violation extends Error {
  readonly status: number
  constructor(status: number, why: string) {
    super(why)
    this.status = status
  }
}

/**
 * Reads the frames of a WebSocket server (RFC 6455 §5) from bytes that come in any pieces, and believes none of it. A
 * message that lies in one piece, as nearly all do, is passed on where it lies.
 */
export class FrameReader {
  readonly #maxMessageBytes: number
  readonly #sink: FrameSink
  /** Of the sink: it is called with every frame. */
  readonly #onMessage: FrameSink['onMessage']
  /** The beginning of a frame whose rest has not come. */
  readonly #held = new GrowingBuffer()
  #isHolding = false
  /** Bytes that `#held` needs before it is worth a look. */
  #needed = 0
  /** A message of several frames, so far. */
  readonly #fragments = new GrowingBuffer()
  #fragmentedOpcode: number | undefined
  #isOver = false

  /** @param maxMessageBytes a larger message is a violation (1009), before it is read */
  constructor(maxMessageBytes: number, sink: FrameSink) {
    this.#maxMessageBytes = maxMessageBytes
    this.#sink = sink
    this.#onMessage = sink.onMessage
  }

  /** @param chunk valid during the call only */
  push(chunk: Buffer): void {
    if (this.#isOver) return
    let bytes = chunk
    if (this.#isHolding) {
      this.#held.append(chunk)
      if (this.#held.length < this.#needed) return
      bytes = this.#held.take()
      this.#isHolding = false
    }
    try {
      this.#readAll(bytes)
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      this.stop()
      this.#sink.onViolation(error.status, error.message)
    }
  }

  /** Nothing more is passed on, not even of the bytes that are being read. */
  stop(): void {
    this.#isOver = true
    this.#held.take()
    this.#isHolding = false
    this.#fragments.take()
  }

  #readAll(bytes: Buffer): void {
    let offset = 0
    while (!this.#isOver) {
      const header = this.#readHeader(bytes, offset)
      if (header !== undefined) this.#needed = header.bytes + header.payloadBytes
      if (header === undefined || bytes.length - offset < this.#needed) {
        if (bytes.length > offset) this.#hold(bytes.subarray(offset))
        return
      }
      const start = offset + header.bytes
      offset = start + header.payloadBytes
      this.#take(header, bytes.subarray(start, offset))
    }
  }

  #hold(rest: Buffer): void {
    this.#held.append(rest)
    this.#isHolding = true
  }

  /** @returns undefined while it is incomplete, with what is needed of it in `#needed` */
  #readHeader(bytes: Buffer, offset: number): Header | undefined {
    const available = bytes.length - offset
    this.#needed = 2
    if (available < 2) return undefined
    const first = bytes[offset] ?? 0
    const second = bytes[offset + 1] ?? 0
    const opcode = first & OPCODE_BITS
    const isFinal = (first & FIN_BIT) !== 0
    const length = second & LENGTH_BITS
    if ((first & RESERVED_BITS) !== 0) throw new Violation(STATUS.protocolError, 'a reserved bit is set')
    if ((second & MASK_BIT) !== 0) throw new Violation(STATUS.protocolError, 'a frame of the server is masked')
    if (opcode >= OPCODE.close) checkControl(opcode, isFinal, length)
    else this.#checkData(opcode)
    this.#needed = length < LENGTH_IN_2_BYTES ? 2 : length === LENGTH_IN_2_BYTES ? 4 : 10
    if (available < this.#needed) return undefined
    const payloadBytes = payloadBytesOf(bytes, offset, length)
    if (this.#fragmentBytes + payloadBytes > this.#maxMessageBytes && opcode < OPCODE.close)
      throw new Violation(STATUS.tooBig, `a message has more than ${this.#maxMessageBytes} bytes`)
    return { opcode, isFinal, bytes: this.#needed, payloadBytes }
  }

  /** Of the message so far. */
  get #fragmentBytes(): number {
    return this.#fragmentedOpcode === undefined ? 0 : this.#fragments.length
  }

  #checkData(opcode: number): void {
    if (opcode > OPCODE.binary) throw new Violation(STATUS.protocolError, `opcode ${opcode} means nothing`)
    if ((opcode === OPCODE.continuation) !== (this.#fragmentedOpcode !== undefined))
      throw new Violation(STATUS.protocolError, 'the pieces of a message are not in order')
  }

  #take({ opcode, isFinal }: Header, payload: Buffer): void {
    switch (opcode) {
      case OPCODE.text:
      case OPCODE.binary:
        if (isFinal) this.#message(opcode, payload)
        else {
          this.#fragmentedOpcode = opcode
          this.#fragments.append(payload)
        }
        return
      case OPCODE.continuation:
        this.#continue(isFinal, payload)
        return
      case OPCODE.ping:
        this.#sink.onPing(payload)
        return
      case OPCODE.close:
        this.#farewell(payload)
    }
  }

  #continue(isFinal: boolean, payload: Buffer): void {
    this.#fragments.append(payload)
    if (!isFinal) return
    const opcode = this.#fragmentedOpcode ?? OPCODE.binary
    this.#fragmentedOpcode = undefined
    this.#message(opcode, this.#fragments.take())
  }

  #message(opcode: number, payload: Buffer): void {
    if (opcode === OPCODE.text && !isUtf8(payload)) throw new Violation(STATUS.badData, 'a text is not UTF-8')
    this.#onMessage(payload)
  }

  #farewell(payload: Buffer): void {
    if (payload.length === 1) throw new Violation(STATUS.protocolError, 'half a close code')
    const code = payload.length === 0 ? STATUS.noCode : payload.readUInt16BE(0)
    if (payload.length > 0 && !isSendableCode(code))
      throw new Violation(STATUS.protocolError, `close code ${code} means nothing`)
    const reason = payload.subarray(2)
    if (!isUtf8(reason)) throw new Violation(STATUS.badData, 'a close reason is not UTF-8')
    this.stop()
    this.#sink.onCloseFrame(code, reason.toString('utf8'))
  }
}

function payloadBytesOf(bytes: Buffer, offset: number, length: number): number {
  if (length < LENGTH_IN_2_BYTES) return length
  if (length === LENGTH_IN_2_BYTES) return bytes.readUInt16BE(offset + 2)
  // Inexact above 2⁵³, where it is far above every limit anyway.
  return bytes.readUInt32BE(offset + 2) * 2 ** 32 + bytes.readUInt32BE(offset + 6)
}

/** @param length its length byte: a control frame's payload has no other */
function checkControl(opcode: number, isFinal: boolean, length: number): void {
  if (opcode > OPCODE.pong) throw new Violation(STATUS.protocolError, `opcode ${opcode} means nothing`)
  if (!isFinal) throw new Violation(STATUS.protocolError, 'a control frame came in pieces')
  if (length > MAX_CONTROL_BYTES) throw new Violation(STATUS.protocolError, 'a control frame is too long')
}
