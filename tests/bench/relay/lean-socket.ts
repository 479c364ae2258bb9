import net, { type Socket } from 'node:net'
import tls from 'node:tls'

export interface LeanSocketEvents {
  readonly onOpen: () => void
  /** @param payload valid during the call only */
  readonly onMessage: (payload: Buffer, binary: boolean) => void
  /** The last event; also when the socket never opened. */
  readonly onClose: (code: number, reason: string) => void
}

const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const
const FIN = 0x80
const MASKED = 0x80
const MASK_BYTES = 4

/** All sockets of a process are read into this one; what is kept is copied. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024)

const secureContext = tls.createSecureContext()

/**
 * A WebSocket client that does as little as RFC 6455 allows, so that the generator and the floor cost little beside the
 * system calls: one write per frame, one read buffer for all, and a mask of zeroes, which is a mask like any other.
 */
export class LeanSocket {
  readonly #socket: Socket
  readonly #events: LeanSocketEvents
  #pending: Buffer = Buffer.alloc(0)
  #isOpen = false
  #close = { code: 1006, reason: '' }

  /** @param url `ws://host:port/path`, or `wss:` to a server that Node trusts */
  constructor(url: string, protocols: readonly string[], events: LeanSocketEvents) {
    const { protocol, hostname, port, host, pathname } = new URL(url)
    const isTls = protocol === 'wss:'
    this.#events = events
    const options = {
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (count: number, buffer: Uint8Array) => {
          this.#read(Buffer.from(buffer.buffer, buffer.byteOffset, count))
          return true
        },
      },
    }
    this.#socket = isTls ? tls.connect({ ...options, secureContext }) : net.connect(options)
    // `tls.connect` knows no such option.
    this.#socket.setNoDelay(true)
    this.#socket.on(isTls ? 'secureConnect' : 'connect', () =>
      this.#socket.write(upgradeRequest(host, pathname, protocols)),
    )
    this.#socket.on('error', (error) => (this.#close = { code: 1006, reason: error.message }))
    this.#socket.on('close', () => {
      events.onClose(this.#close.code, this.#close.reason)
    })
  }

  sendText(text: string): void {
    this.#send(OPCODE.text, Buffer.from(text))
  }

  /** The payload is copied. */
  sendBinary(payload: Uint8Array): void {
    this.#send(OPCODE.binary, payload)
  }

  /** The payload is copied. */
  send(payload: Uint8Array, binary: boolean): void {
    this.#send(binary ? OPCODE.binary : OPCODE.text, payload)
  }

  close(): void {
    this.#send(OPCODE.close, Buffer.from([1000 >> 8, 1000 & 0xff]))
    this.#socket.end()
  }

  #send(opcode: number, payload: Uint8Array): void {
    if (!this.#socket.writable) return
    const headerBytes = (payload.length < 126 ? 2 : payload.length < 65_536 ? 4 : 10) + MASK_BYTES
    const frame = Buffer.allocUnsafe(headerBytes + payload.length)
    frame[0] = FIN | opcode
    if (payload.length < 126) frame[1] = MASKED | payload.length
    else if (payload.length < 65_536) {
      frame[1] = MASKED | 126
      frame.writeUInt16BE(payload.length, 2)
    } else {
      frame[1] = MASKED | 127
      frame.writeBigUInt64BE(BigInt(payload.length), 2)
    }
    frame.fill(0, headerBytes - MASK_BYTES, headerBytes)
    frame.set(payload, headerBytes)
    this.#socket.write(frame)
  }

  #read(chunk: Buffer): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    if (!this.#isOpen) {
      const rest = this.#readUpgrade(bytes)
      if (rest === undefined) {
        this.#pending = Buffer.from(bytes)
        return
      }
      bytes = rest
    }
    let offset = 0
    for (;;) {
      const used = this.#readFrame(bytes, offset)
      if (used === 0) break
      offset += used
    }
    // A copy: the bytes lie in the buffer that every socket is read into.
    this.#pending = Buffer.from(bytes.subarray(offset))
  }

  /** @returns what follows the answer to the upgrade, or undefined while that is incomplete */
  #readUpgrade(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0) return undefined
    if (!bytes.toString('latin1', 0, end).startsWith('HTTP/1.1 101')) {
      this.#close = { code: 1006, reason: bytes.toString('utf8') }
      this.#socket.destroy()
      return Buffer.alloc(0)
    }
    this.#isOpen = true
    this.#events.onOpen()
    return bytes.subarray(end + 4)
  }

  /** @returns bytes of the frame at `offset`, 0 while it is incomplete */
  #readFrame(bytes: Buffer, offset: number): number {
    const available = bytes.length - offset
    if (available < 2) return 0
    const shortLength = bytes.readUInt8(offset + 1)
    const headerBytes = shortLength < 126 ? 2 : shortLength === 126 ? 4 : 10
    if (available < headerBytes) return 0
    let length = shortLength
    if (shortLength === 126) length = bytes.readUInt16BE(offset + 2)
    else if (shortLength === 127) length = Number(bytes.readBigUInt64BE(offset + 2))
    if (available < headerBytes + length) return 0
    const start = offset + headerBytes
    this.#handle(bytes.readUInt8(offset), bytes.subarray(start, start + length))
    return headerBytes + length
  }

  #handle(firstByte: number, payload: Buffer): void {
    switch (firstByte) {
      case FIN | OPCODE.text:
        this.#events.onMessage(payload, false)
        return
      case FIN | OPCODE.binary:
        this.#events.onMessage(payload, true)
        return
      case FIN | OPCODE.ping:
        this.#send(OPCODE.pong, payload)
        return
      case FIN | OPCODE.pong:
        return
      case FIN | OPCODE.close:
        this.#close = {
          code: payload.length >= 2 ? payload.readUInt16BE(0) : 1005,
          reason: payload.subarray(2).toString('utf8'),
        }
        this.#socket.end()
        return
      default:
        this.#close = { code: 1002, reason: `a frame this client does not read: ${firstByte}` }
        this.#socket.destroy()
    }
  }
}

function upgradeRequest(host: string, path: string, protocols: readonly string[]): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: YXNpZGUgYmVuY2htYXJrcw==',
    ...(protocols.length === 0 ? [] : [`Sec-WebSocket-Protocol: ${protocols.join(', ')}`]),
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}
