import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A TCP connection that speaks whatever a test writes, right or wrong. */
export class RawSocket {
  readonly socket: Socket
  /** Everything that has arrived, latin1. */
  received = ''
  /** Resolves when the other side has ended or cut the connection. */
  readonly closed: Promise<void>

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => (this.received += bytes.toString('latin1')))
    // A reset is an answer too; `closed` follows it.
    socket.on('error', () => undefined)
    socket.on('end', () => socket.end())
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
  }

  static async connect(port: number): Promise<RawSocket> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new RawSocket(socket)
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data)
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** Waits until what has arrived contains `text`, or the connection is over. */
  async until(text: string): Promise<string> {
    while (!this.received.includes(text) && !this.socket.destroyed)
      await Promise.race([once(this.socket, 'data').catch(() => undefined), this.closed])
    return this.received
  }
}

/** @returns the text of an upgrade request. @param headers replace or add to the right ones; undefined leaves one out */
export function upgradeRequest(path: string, headers: Readonly<Record<string, string | undefined>> = {}): string {
  const all: Record<string, string | undefined> = {
    Host: '127.0.0.1',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Protocol': 'test.v1',
    ...headers,
  }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}

export interface FrameShape {
  readonly opcode: number
  readonly payload?: Uint8Array
  readonly fin?: boolean
  readonly masked?: boolean
  /** Three bits: RSV1–3. */
  readonly reserved?: number
}

/** @returns one WebSocket frame (RFC 6455 §5.2), wrong in any way a test wants */
export function frame(shape: FrameShape): Buffer {
  const { opcode, payload = new Uint8Array(), fin = true, masked = true, reserved = 0 } = shape
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const length = lengthBytes(payload.byteLength)
  length[0] = length[0]! | (masked ? 0x80 : 0)
  const mask = masked ? randomBytes(4) : Buffer.alloc(0)
  const body = Buffer.from(payload)
  if (masked) for (let index = 0; index < body.length; index++) body[index] = body[index]! ^ mask[index % 4]!
  return Buffer.concat([Buffer.from([first]), length, mask, body])
}

function lengthBytes(length: number): Buffer {
  if (length < 126) return Buffer.from([length])
  const long = length >= 65_536
  const bytes = Buffer.alloc(long ? 9 : 3)
  bytes[0] = long ? 127 : 126
  if (long) bytes.writeBigUInt64BE(BigInt(length), 1)
  else bytes.writeUInt16BE(length, 1)
  return bytes
}
