import { CLOSE } from '../../shared/protocol/close-code.ts'
import { type Peer, type PeerHandler, type TransportOptions } from './transport.ts'

/**
 * Most bytes an engine keeps for a peer that does not read. The outbox ends such a peer long before; this bound is for
 * what goes past it, so that nothing is ever dropped in silence.
 */
export const MAX_QUEUED_BYTES = 16 * 1024 * 1024

/** A close frame's payload is at most 125 bytes, two of them the code (RFC 6455 §5.5). */
const MAX_REASON_BYTES = 123

/** The few calls of an engine's socket; made only while it is open. */
export interface EngineSocket {
  sendText(text: string): void
  sendBinary(bytes: Uint8Array): void
  cork(write: () => void): void
  bufferedBytes(): number
  close(code: number, reason: string): void
}

type Limits = Pick<TransportOptions, 'maxTextBytes' | 'maxBinaryBytes' | 'onFault'>

/** The life of one accepted socket above the engine: what both engines must do alike is here. */
export class Connection implements Peer {
  readonly remoteAddress: string
  readonly #socket: EngineSocket
  readonly #limits: Limits
  #handler: PeerHandler | undefined
  #ended: { readonly code: number; readonly reason: string } | undefined

  /** @param open what the relay does with the peer; called at once */
  constructor(remoteAddress: string, socket: EngineSocket, limits: Limits, open: (peer: Peer) => PeerHandler) {
    this.remoteAddress = remoteAddress
    this.#socket = socket
    this.#limits = limits
    this.#guard(() => {
      const handler = open(this)
      this.#handler = handler
      // It may have been closed while there was no handler to tell.
      if (this.#ended !== undefined) handler.onClose(this.#ended.code, this.#ended.reason)
    })
  }

  get isOpen(): boolean {
    return this.#ended === undefined
  }

  sendText(text: string): void {
    if (this.#ended === undefined) this.#socket.sendText(text)
  }

  sendBinary(bytes: Uint8Array): void {
    if (this.#ended === undefined) this.#socket.sendBinary(bytes)
  }

  cork(write: () => void): void {
    if (this.#ended === undefined) this.#socket.cork(write)
  }

  bufferedBytes(): number {
    return this.#ended === undefined ? this.#socket.bufferedBytes() : 0
  }

  close(code: number, reason: string): void {
    if (this.#ended !== undefined) return
    const short = cutReason(reason)
    this.#ended = { code, reason: short }
    this.#socket.close(code, short)
    this.#guard(() => this.#handler?.onClose(code, short))
  }

  /** One message arrived. @param bytes valid during the call only */
  received(bytes: Uint8Array, isBinary: boolean): void {
    if (this.#ended !== undefined) return
    if (bytes.byteLength > (isBinary ? this.#limits.maxBinaryBytes : this.#limits.maxTextBytes)) {
      this.close(CLOSE.tooBig, 'This frame is larger than the relay takes.')
      return
    }
    this.#guard(() => {
      if (isBinary) this.#handler?.onBinary(bytes)
      else this.#handler?.onText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
    })
  }

  /** The engine's queue became shorter. */
  drained(): void {
    if (this.#ended === undefined) this.#guard(() => this.#handler?.onDrain())
  }

  /** The engine's socket has closed; does nothing when it was us who closed it. */
  closed(code: number, reason: string): void {
    if (this.#ended !== undefined) return
    this.#ended = { code, reason }
    this.#guard(() => this.#handler?.onClose(code, reason))
  }

  /** The task boundary of a socket: a bug in one conversation ends that one, not the process. */
  #guard(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.#limits.onFault({ during: 'socket', error })
      this.close(CLOSE.internal, 'The relay failed here. Please try again.')
    }
  }
}

function cutReason(reason: string): string {
  const bytes = Buffer.from(reason)
  if (bytes.byteLength <= MAX_REASON_BYTES) return reason
  let end = MAX_REASON_BYTES
  // 10xxxxxx continues a character: cut before its first byte.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.subarray(0, end).toString()
}
