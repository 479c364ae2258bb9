import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import https from 'node:https'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import tls from 'node:tls'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { LeanSocket, type LeanSocketOptions } from '../../relay/live/websocket/lean-socket.ts'
import { createTestCertificate, type TestCertificate } from '../support/test-certificate.ts'
import { Watch } from '../support/watch.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** Our socket, and everything it told. */
class Caller {
  readonly messages: Buffer[] = []
  readonly watch = new Watch()
  closes: { readonly code: number; readonly reason: string }[] = []
  isOpen = false
  readonly socket: LeanSocket

  constructor(url: string, options: LeanSocketOptions = {}) {
    this.socket = new LeanSocket(
      new URL(url),
      { 'User-Agent': 'aside-test' },
      {
        onOpen: () => {
          this.isOpen = true
          this.watch.changed()
        },
        onMessage: (message) => {
          this.messages.push(Buffer.from(message))
          this.watch.changed()
        },
        onClose: (code, reason) => {
          this.closes.push({ code, reason })
          this.watch.changed()
        },
      },
      options,
    )
    open.push(() => this.socket.terminate())
  }

  async opened(): Promise<this> {
    await this.watch.until(() => (this.isOpen || this.closes.length > 0 ? true : undefined))
    expect(this.closes).toEqual([])
    return this
  }

  closed(): Promise<{ readonly code: number; readonly reason: string }> {
    return this.watch.until(() => this.closes[0])
  }

  received(count: number): Promise<readonly Buffer[]> {
    return this.watch.until(() => (this.messages.length >= count ? this.messages : undefined))
  }
}

/** A `ws` server and its first client. */
async function wsServer(server?: https.Server) {
  const wss =
    server === undefined ? new WebSocketServer({ host: '127.0.0.1', port: 0 }) : new WebSocketServer({ server })
  const client = once(wss, 'connection').then(([socket]) => socket as WebSocket)
  if (server === undefined) await once(wss, 'listening')
  open.push(() => {
    for (const socket of wss.clients) socket.terminate()
    wss.close()
  })
  return { wss, client, url: `ws://127.0.0.1:${(wss.address() as AddressInfo).port}/path?a=b` }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => server.close())
  return (server.address() as AddressInfo).port
}

/** A server that does with the bytes of the line whatever a test says. */
async function byteServer(serve: (socket: Socket) => void): Promise<string> {
  const port = await listen(
    createServer((socket) => {
      socket.on('error', () => undefined)
      open.push(() => socket.destroy())
      serve(socket)
    }),
  )
  return `ws://127.0.0.1:${port}`
}

/** Answers the upgrade as a WebSocket server does, then lets the test go on. @param write how bytes leave */
async function frameServer(
  serve: (socket: Socket, write: (bytes: Buffer) => void) => void,
  writeTo: (socket: Socket, bytes: Buffer) => void = (socket, bytes) => void socket.write(bytes),
): Promise<string> {
  const { createHash } = await import('node:crypto')
  return byteServer((socket) => {
    socket.once('data', (request) => {
      const key = /Sec-WebSocket-Key: (\S+)/.exec(request.toString())?.[1] ?? ''
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      const head = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
      const pending: Buffer[] = [Buffer.from(head)]
      serve(socket, (bytes) => pending.push(bytes))
      writeTo(socket, Buffer.concat(pending))
    })
  })
}

function byteByByte(socket: Socket, bytes: Buffer): void {
  socket.setNoDelay(true)
  let offset = 0
  const next = () => {
    if (offset >= bytes.length) return
    socket.write(bytes.subarray(offset, ++offset), () => setImmediate(next))
  }
  next()
}

describe('a lean socket', () => {
  it('asks for the path, the query and its headers, and offers no compression', async () => {
    const { wss, url } = await wsServer()
    const request = once(wss, 'connection').then(([, message]) => message as { url: string; headers: object })
    await new Caller(url).opened()
    expect(await request).toMatchObject({ url: '/path?a=b', headers: { 'user-agent': 'aside-test' } })
    expect((await request).headers).not.toHaveProperty('sec-websocket-extensions')
  })

  it.each([0, 1, 125, 126, 65_535, 65_536, 1_000_000])(
    'carries %i bytes there and back, as text and as binary',
    async (bytes) => {
      const { client, url } = await wsServer()
      const caller = await new Caller(url).opened()
      const peer = await client
      peer.on('message', (data, isBinary) => {
        expect(isBinary).toBe(false)
        peer.send(data, { binary: false })
        peer.send(data, { binary: true })
      })
      const text = 'ü'.repeat(bytes / 2) + 'x'.repeat(bytes % 2)
      caller.socket.sendText(text)
      expect((await caller.received(2)).map(String)).toEqual([text, text])
    },
  )

  it('hears everything however slowly it drips, from the answer to the upgrade on', async () => {
    const url = await frameServer((_socket, write) => {
      write(Buffer.from([0x81, 2, 0x68, 0x69, 0x01, 1, 0x61, 0x89, 0, 0x80, 1, 0x62]))
      write(Buffer.from([0x88, 4, 0x03, 0xf3, 0x6e, 0x6f]))
    }, byteByByte)
    const caller = new Caller(url)
    expect(await caller.closed()).toEqual({ code: 1011, reason: 'no' })
    expect(caller.messages.map(String)).toEqual(['hi', 'ab'])
  })

  it('answers a ping with what it held', async () => {
    const { client, url } = await wsServer()
    await new Caller(url).opened()
    const peer = await client
    const pong = once(peer, 'pong')
    peer.ping('are you there')
    expect(String((await pong)[0])).toBe('are you there')
  })

  it('keeps every byte while the server does not read, and says how much waits', async () => {
    const { client, url } = await wsServer()
    const caller = await new Caller(url).opened()
    const peer = await client
    peer.pause()
    const messages = Array.from({ length: 600 }, (_, index) => randomBytes(10_000 + index).toString('hex'))
    for (const message of messages) caller.socket.sendText(message)
    expect(caller.socket.bufferedBytes).toBeGreaterThan(1_000_000)
    const heard: string[] = []
    const all = new Promise<void>((resolve) =>
      peer.on('message', (data) => {
        heard.push((data as Buffer).toString())
        if (heard.length === messages.length) resolve()
      }),
    )
    peer.resume()
    await all
    expect(heard).toEqual(messages)
    expect(caller.socket.bufferedBytes).toBe(0)
  })

  it('does not mix what many sockets say and hear at once', async () => {
    const { wss, url } = await wsServer()
    wss.on('connection', (peer) => peer.on('message', (data) => peer.send(data)))
    const callers = await Promise.all(Array.from({ length: 20 }, () => new Caller(url).opened()))
    const said = callers.map((_, index) =>
      Array.from({ length: 40 }, (__, round) => `${index} ${round} `.repeat(50 * index)),
    )
    for (let round = 0; round < 40; round++)
      for (const [index, caller] of callers.entries()) caller.socket.sendText(said[index]?.[round] ?? '')
    const heard = await Promise.all(callers.map((caller) => caller.received(40)))
    expect(heard.map((messages) => messages.map(String))).toEqual(said)
  })

  it('reads nothing while it is paused, and then everything', async () => {
    const { client, url } = await wsServer()
    const caller = await new Caller(url).opened()
    const peer = await client
    caller.socket.setPaused(true)
    const messages = Array.from({ length: 200 }, (_, index) => `${index} `.repeat(20_000))
    for (const message of messages) peer.send(message)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(peer.bufferedAmount).toBeGreaterThan(1_000_000)
    const heardPaused = caller.messages.length
    expect(heardPaused).toBeLessThan(10)
    caller.socket.setPaused(false)
    expect((await caller.received(200)).map(String)).toEqual(messages)
  })
})

describe('the end of a lean socket', () => {
  it('by the server has its code and reason, and is answered', async () => {
    const { client, url } = await wsServer()
    const caller = await new Caller(url).opened()
    const peer = await client
    const ended = once(peer, 'close')
    peer.close(4321, 'enough said')
    expect(await caller.closed()).toEqual({ code: 4321, reason: 'enough said' })
    expect((await ended)[0]).toBe(4321)
    expect(caller.socket.isOpen).toBe(false)
  })

  it('by the server without a code is 1005', async () => {
    const { client, url } = await wsServer()
    const caller = await new Caller(url).opened()
    ;(await client).close()
    expect(await caller.closed()).toEqual({ code: 1005, reason: '' })
  })

  it('by us is 1000 on both sides, paused or not, and nothing can be sent after it', async () => {
    const { client, url } = await wsServer()
    const caller = await new Caller(url).opened()
    const peer = await client
    const heard: string[] = []
    peer.on('message', (data) => heard.push((data as Buffer).toString()))
    const ended = once(peer, 'close')
    caller.socket.setPaused(true)
    caller.socket.close()
    caller.socket.sendText('too late')
    expect((await caller.closed()).code).toBe(1000)
    expect((await ended)[0]).toBe(1000)
    caller.socket.close()
    caller.socket.terminate()
    caller.socket.setPaused(true)
    caller.socket.sendText('much too late')
    expect(heard).toEqual([])
    expect(caller.closes).toHaveLength(1)
  })

  it('does not wait for a server that leaves a close frame unanswered', async () => {
    const url = await frameServer((socket) => socket.resume())
    const caller = await new Caller(url, { closeTimeoutMs: 50 }).opened()
    caller.socket.close()
    expect(await caller.closed()).toEqual({ code: 1006, reason: 'The close frame was not answered' })
  })

  it('comes after a close frame even when the server keeps the line', async () => {
    const url = await frameServer((socket, write) => {
      socket.on('end', () => undefined)
      write(Buffer.from([0x88, 2, 0x03, 0xe9]))
    })
    const caller = new Caller(url, { closeTimeoutMs: 50 })
    expect(await caller.closed()).toEqual({ code: 1001, reason: '' })
  })

  it('is 1006 when the line is cut', async () => {
    const { client, url } = await wsServer()
    const caller = await new Caller(url).opened()
    ;(await client).terminate()
    expect((await caller.closed()).code).toBe(1006)
  })

  it('is 1006 at a frame that breaks the rules, and the server is told', async () => {
    let told = Buffer.alloc(0)
    const url = await frameServer((socket, write) => {
      socket.on('data', (bytes) => (told = Buffer.concat([told, bytes])))
      write(Buffer.from([0xf1, 0]))
    })
    const caller = new Caller(url)
    expect(await caller.closed()).toEqual({ code: 1006, reason: 'Invalid WebSocket frame: a reserved bit is set' })
    const mask = told.subarray(2, 6)
    expect(told[0]).toBe(0x88)
    expect([6, 7].map((at) => (told[at] ?? 0) ^ (mask[at - 6] ?? 0))).toEqual([0x03, 0xea])
  })

  it('is 1006 at a message that is too large', async () => {
    const { client, url } = await wsServer()
    const caller = await new Caller(url, { maxMessageBytes: 1000 }).opened()
    const peer = await client
    const ended = once(peer, 'close')
    peer.send('x'.repeat(1001))
    expect((await caller.closed()).code).toBe(1006)
    expect((await ended)[0]).toBe(1009)
  })

  it('comes when a server gives no sign of life, and not while one answers', async () => {
    const { url: lively } = await wsServer()
    const alive = await new Caller(lively, { silenceMs: 30 }).opened()
    const dead = await new Caller(await frameServer((socket) => socket.resume()), { silenceMs: 30 }).opened()
    expect(await dead.closed()).toEqual({ code: 1006, reason: 'The line has gone silent' })
    expect(alive.socket.isOpen).toBe(true)
  })
})

describe('a lean socket that does not open', () => {
  it.each([
    ['HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n', 'Unexpected server response: 403'],
    [
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      'Invalid Sec-WebSocket-Accept header',
    ],
    ['220 mail.example ESMTP\r\n\r\n', 'The answer to the upgrade is not HTTP'],
    ['x'.repeat(20_000), 'The answer to the upgrade has no end'],
  ])('says what came instead (%j)', async (answer, reason) => {
    const caller = new Caller(await byteServer((socket) => socket.once('data', () => socket.write(answer))))
    expect(await caller.closed()).toEqual({ code: 1006, reason })
    expect(caller.isOpen).toBe(false)
  })

  it('gives up after a time', async () => {
    const caller = new Caller(await byteServer((socket) => socket.resume()), { upgradeTimeoutMs: 50 })
    expect(await caller.closed()).toEqual({ code: 1006, reason: 'Opening handshake has timed out' })
  })

  it('says when nobody is there, and when it was not wanted any more', async () => {
    const server = createServer()
    const port = await listen(server)
    server.close()
    const caller = new Caller(`ws://127.0.0.1:${port}`)
    expect((await caller.closed()).reason).toContain('ECONNREFUSED')
    const unwanted = new Caller(await byteServer(() => undefined))
    unwanted.socket.close()
    expect(await unwanted.closed()).toMatchObject({ code: 1006 })
  })

  it('refuses what is no WebSocket address', () => {
    expect(() => new Caller('ftp://127.0.0.1/')).toThrow(TypeError)
  })
})

describe('a lean socket over TLS', () => {
  const trusted: TestCertificate = createTestCertificate()
  const elsewhere: TestCertificate = createTestCertificate('elsewhere.example')
  beforeAll(() => tls.setDefaultCACertificates([trusted.cert, elsewhere.cert]))

  async function tlsServer(certificate: TestCertificate) {
    const server = https.createServer(certificate)
    const port = await listen(server)
    return { server, port, ...(await wsServer(server)) }
  }

  it.each(['localhost', '127.0.0.1'])('checks the certificate for %s and carries every byte', async (host) => {
    const { wss, port } = await tlsServer(trusted)
    wss.on('connection', (peer) => peer.on('message', (data) => peer.send(data, { binary: true })))
    const caller = await new Caller(`wss://${host}:${port}/`).opened()
    const messages = Array.from({ length: 50 }, (_, index) => `${index} `.repeat(index * 100))
    for (const message of messages) caller.socket.sendText(message)
    expect((await caller.received(50)).map(String)).toEqual(messages)
    caller.socket.close()
    expect((await caller.closed()).code).toBe(1000)
  })

  it('keeps every byte while the server does not read, as every frame is built where the one before was', async () => {
    const { client, port } = await tlsServer(trusted)
    const [caller, other] = [new Caller(`wss://localhost:${port}/`), new Caller(`wss://localhost:${port}/`)]
    await Promise.all([caller.opened(), other.opened()])
    const peer = await client
    peer.pause()
    const said: string[] = []
    while (caller.socket.bufferedBytes < 4_000_000) {
      const message = randomBytes(15_000 + said.length).toString('hex')
      for (const each of [caller, other]) each.socket.sendText(message)
      said.push(message)
      // Now and then everything is with TLS or the system, so that the next frame is built in the common buffer.
      await new Promise((resolve) => setImmediate(resolve))
    }
    const heard: string[] = []
    const all = new Promise<void>((resolve) =>
      peer.on('message', (data) => {
        heard.push((data as Buffer).toString())
        if (heard.length === said.length) resolve()
      }),
    )
    peer.resume()
    await all
    expect(heard).toEqual(said)
  })

  it('trusts nobody else', async () => {
    const { port } = await tlsServer(createTestCertificate())
    const caller = new Caller(`wss://localhost:${port}/`)
    expect(await caller.closed()).toMatchObject({ code: 1006, reason: expect.stringMatching(/certificate/) as string })
  })

  it('trusts a certificate under its own names only', async () => {
    const { port } = await tlsServer(elsewhere)
    const caller = new Caller(`wss://localhost:${port}/`)
    expect(await caller.closed()).toMatchObject({ code: 1006, reason: expect.stringContaining('localhost') as string })
    expect(caller.isOpen).toBe(false)
  })

  it('is recognised when it comes again', async () => {
    const { server, wss, port } = await tlsServer(trusted)
    wss.on('connection', (peer) => peer.send('hello'))
    const reused: boolean[] = []
    server.on('secureConnection', (socket: tls.TLSSocket) => reused.push(socket.isSessionReused()))
    for (let count = 0; count < 2; count++) {
      const caller = await new Caller(`wss://localhost:${port}/`).opened()
      await caller.received(1)
      caller.socket.close()
      await caller.closed()
    }
    expect(reused).toEqual([false, true])
  })
})
