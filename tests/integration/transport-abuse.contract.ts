import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type StartTransport } from '../../relay/transport/transport.ts'
import { frame, RawSocket, upgradeRequest, type FrameShape } from '../support/raw-socket.ts'
import { connectClient, eventually, PROTOCOL, startServer, type TestServer } from '../support/transport-server.ts'

/** What every engine survives. */
export function abuseContract(start: StartTransport): void {
  describe('clients that go away', () => {
    it.each(['ended', 'reset'])('survives an upgrade that is %s at each await', async (how) => {
      for (let abortAt = 0; abortAt < 4; abortAt++) {
        const gate = new StepGate()
        let opened = 0
        const server = await startServer(start, {
          onUpgrade: async () => {
            for (let step = 0; step < 4; step++) await gate.step()
            return { accept: true, protocol: PROTOCOL, open: () => (opened++, SILENT) }
          },
        })
        const raw = await RawSocket.connect(server.transport.port)
        raw.write(upgradeRequest('/v1/live'))
        for (let step = 0; step < abortAt; step++) await gate.open()
        await gate.reached()
        if (how === 'reset') raw.socket.resetAndDestroy()
        else raw.destroy()
        await raw.closed
        await server.expectAlive()
        for (let step = abortAt; step < 4; step++) await gate.open()
        await server.expectAlive()
        expect(opened).toBe(0)
        expect(server.faults).toEqual([])
      }
    })

    it('survives a request aborted while it is answered, and while its body arrives', async () => {
      for (const sent of ['', 'Content-Length: 10\r\n\r\n', 'Content-Length: 10\r\n\r\nhalf', '\r\n']) {
        const gate = new StepGate()
        const server = await startServer(start, {
          onRequest: async (request) => {
            if (request.url.endsWith('/slow')) await gate.step()
            return new Response('done')
          },
        })
        const raw = await RawSocket.connect(server.transport.port)
        raw.write(`POST /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n${sent}`)
        if (sent === '\r\n') await gate.reached()
        else await server.expectAlive()
        raw.destroy()
        await raw.closed
        await server.expectAlive()
        if (sent === '\r\n') await gate.open()
        await server.expectAlive()
        expect(server.faults).toEqual([])
      }
    })

    it('survives a socket reset in the middle of a frame while it is being sent to', async () => {
      const server = await startServer(start)
      const raw = await upgraded(server)
      const { peer, closes } = await server.peer()
      raw.write(frame({ opcode: 2, payload: new Uint8Array(1000) }).subarray(0, 500))
      raw.socket.resetAndDestroy()
      while (closes.length === 0) {
        peer.sendBinary(new Uint8Array(10_000))
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(closes).toMatchObject([{ code: 1006 }])
      peer.sendText('late')
      peer.cork(() => peer.sendText('late'))
      peer.close(1000, 'late')
      expect(closes).toHaveLength(1)
      await server.expectAlive()
    })
  })

  describe('frames nobody should send', () => {
    const wrong: [string, readonly FrameShape[]][] = [
      ['reserved bits', [{ opcode: 1, reserved: 1, payload: Buffer.from('x') }]],
      ['an unknown opcode', [{ opcode: 3, payload: Buffer.from('x') }]],
      ['an unknown control opcode', [{ opcode: 11 }]],
      ['bad UTF-8', [{ opcode: 1, payload: Buffer.from([0x61, 0xff, 0xfe]) }]],
      ['half a surrogate pair', [{ opcode: 1, payload: Buffer.from([0xed, 0xa0, 0x80]) }]],
      ['a continuation of nothing', [{ opcode: 0, payload: Buffer.from('x') }]],
      ['a long control frame', [{ opcode: 9, payload: Buffer.alloc(126) }]],
      ['a control frame in parts', [{ opcode: 9, fin: false }]],
    ]
    it.each(wrong)('ends a socket that sends %s, before anybody hears of it', async (_name, frames) => {
      const server = await startServer(start)
      const raw = await upgraded(server)
      const recorded = await server.peer()
      for (const shape of frames) raw.write(frame(shape))
      await raw.closed
      await eventually(() => recorded.closes.length === 1)
      expect(recorded.closes).toMatchObject([{ code: 1006 }])
      expect(recorded.texts).toEqual([])
      expect(recorded.binaries).toEqual([])
      await server.expectAlive()
    })

    it('survives a frame that is not masked', async () => {
      const server = await startServer(start)
      const raw = await upgraded(server)
      raw.write(frame({ opcode: 1, masked: false, payload: Buffer.from('unmasked text') }))
      raw.write(frame({ opcode: 2, masked: false, payload: randomBytes(100) }))
      // uWebSockets.js does not refuse it (it takes four bytes for a mask): what arrives is for the codec to survive.
      await server.expectAlive()
      raw.destroy()
      await eventually(() => server.peers.every(({ closes }) => closes.length === 1))
    })

    it('survives any bytes after the upgrade', async () => {
      const server = await startServer(start)
      const shape = fc.record({
        opcode: fc.integer({ min: 0, max: 15 }),
        payload: fc.uint8Array({ maxLength: 300 }),
        fin: fc.boolean(),
        masked: fc.boolean(),
        reserved: fc.integer({ min: 0, max: 7 }),
      })
      const bytes = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 200 }), shape.map(frame))
      await fc.assert(
        fc.asyncProperty(fc.array(bytes, { minLength: 1, maxLength: 5 }), async (pieces) => {
          const raw = await upgraded(server)
          for (const piece of pieces) raw.write(piece)
          raw.socket.end()
          await raw.closed
        }),
        { numRuns: 150 },
      )
      await eventually(() => server.peers.every(({ closes }) => closes.length === 1))
      const client = await connectClient(server.ws)
      client.close()
      await server.expectAlive()
    })
  })

  describe('handshakes nobody should send', () => {
    it('survives any headers', async () => {
      const server = await startServer(start)
      const value = fc.string({ unit: 'binary-ascii', maxLength: 60 }).map((text) => text.replaceAll(/[\r\n\0]/g, ''))
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            Host: value,
            Upgrade: fc.oneof(value, fc.constantFrom('websocket', 'h2c')),
            'Sec-WebSocket-Key': fc.oneof(value, fc.constant('x'.repeat(24))),
            'Sec-WebSocket-Protocol': value,
            'Sec-WebSocket-Extensions': fc.oneof(value, fc.constant('permessage-deflate')),
            Cookie: fc.string({ unit: fc.constantFrom('\u00fc', '\u00ff', 'a'), maxLength: 20 }),
          }),
          async (headers) => {
            const raw = await RawSocket.connect(server.transport.port)
            raw.socket.end(upgradeRequest('/v1/live', headers), 'latin1')
            await raw.closed
          },
        ),
        { numRuns: 150 },
      )
      await server.expectAlive()
    })
  })
}

const SILENT = {
  onText: () => undefined,
  onBinary: () => undefined,
  onDrain: () => undefined,
  onClose: () => undefined,
}

async function upgraded(server: TestServer): Promise<RawSocket> {
  const raw = await RawSocket.connect(server.transport.port)
  raw.write(upgradeRequest('/v1/live'))
  expect(await raw.until('\r\n\r\n')).toMatch(/^HTTP\/1.1 101 /)
  return raw
}

/** Lets code under test go one step at a time. */
class StepGate {
  #waiting = Promise.withResolvers<() => void>()

  /** Called by the code under test: waits to be let through. */
  async step(): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.resolve(resolve))
  }

  /** Waits until somebody stands at the gate. */
  async reached(): Promise<void> {
    await this.#waiting.promise
  }

  /** Lets one through. */
  async open(): Promise<void> {
    const pass = await this.#waiting.promise
    this.#waiting = Promise.withResolvers()
    pass()
  }
}
