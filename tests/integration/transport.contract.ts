import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { type Peer, type StartTransport } from '../../relay/transport/transport.ts'
import {
  closeOf,
  connectClient,
  eventually,
  freePort,
  MAX_BINARY_BYTES,
  MAX_TEXT_BYTES,
  PROTOCOL,
  startServer,
} from '../support/transport-server.ts'

/** What every engine promises of its sockets (relay/transport/transport.ts). */
export function socketContract(start: StartTransport): void {
  describe('frames', () => {
    it('hands over text and binary frames, in order, both ways', async () => {
      const server = await startServer(start)
      const client = await connectClient(server.ws)
      const received: string[] = []
      client.on('message', (data: Buffer, isBinary) => {
        received.push(isBinary ? `binary ${data.toString('hex')}` : `text ${data.toString()}`)
      })
      const expected: string[] = []
      for (let index = 0; index < 300; index++) {
        client.send(`größer ${index} 🙂`)
        client.send(Buffer.from([index & 0xff, 0, 255]))
        expected.push(`text größer ${index} 🙂`, `binary ${Buffer.from([index & 0xff, 0, 255]).toString('hex')}`)
      }
      await eventually(() => received.length >= expected.length)
      expect(received).toEqual(expected)
    })

    it('echoes the protocol it decided for, no extension, and says who is there', async () => {
      const server = await startServer(start)
      const client = new WebSocket(server.ws, [PROTOCOL, 'other'])
      onTestFinished(() => client.terminate())
      await once(client, 'open')
      expect(client.protocol).toBe(PROTOCOL)
      expect(client.extensions).toBe('')
      expect((await server.peer()).peer.remoteAddress).toBe('127.0.0.1')
    })

    it('sends all of a cork, in order', async () => {
      const server = await startServer(start)
      const client = await connectClient(server.ws)
      const received: string[] = []
      client.on('message', (data: Buffer) => received.push(data.toString()))
      const { peer } = await server.peer()
      peer.cork(() => {
        peer.sendText('one')
        peer.sendBinary(Buffer.from('two'))
        peer.sendText('three')
      })
      peer.sendText('four')
      await eventually(() => received.length === 4)
      expect(received).toEqual(['one', 'two', 'three', 'four'])
    })

    it('keeps every socket whose admission took a while', async () => {
      const ignore = () => undefined
      const open = (peer: Peer) => ({
        onText: peer.sendText.bind(peer),
        onBinary: ignore,
        onDrain: ignore,
        onClose: ignore,
      })
      const onUpgrade = async () => {
        await delay(20 * Math.random())
        return { accept: true, protocol: PROTOCOL, open } as const
      }
      const server = await startServer(start, { onUpgrade })
      const call = async () => {
        const client = await connectClient(server.ws)
        client.send('still there?')
        const answer = once(client, 'message').then(([data]) => String(data))
        return Promise.race([answer, closeOf(client).then(({ code }) => code)])
      }
      const answers = await Promise.all(Array.from({ length: 200 }, call))
      expect(new Set(answers)).toEqual(new Set(['still there?']))
    })

    it('takes frames up to its limits and answers larger ones with 1009', async () => {
      const server = await startServer(start)
      const fitting = await connectClient(server.ws)
      const { texts, binaries } = await server.peer()
      fitting.send('x'.repeat(MAX_TEXT_BYTES))
      fitting.send(new Uint8Array(MAX_BINARY_BYTES))
      await eventually(() => texts.length + binaries.length === 2)

      for (const tooBig of ['x'.repeat(MAX_TEXT_BYTES + 1), new Uint8Array(MAX_BINARY_BYTES + 1)]) {
        const client = await connectClient(server.ws)
        client.send(tooBig)
        expect((await closeOf(client)).code).toBe(1009)
        const told = server.peers.at(-1)
        expect(told).toMatchObject({ texts: [], binaries: [] })
        expect(told?.closes).toEqual([expect.objectContaining({ code: 1009 })])
      }
    })

    it('closes on a frame beyond what the engine itself takes', async () => {
      const server = await startServer(start)
      const client = await connectClient(server.ws)
      client.send(new Uint8Array(2 * MAX_BINARY_BYTES + 1))
      // uWebSockets.js cuts the connection without a word (1006).
      expect([1006, 1009]).toContain((await closeOf(client)).code)
      const { binaries, closes } = await server.peer()
      await eventually(() => closes.length === 1)
      expect(binaries).toEqual([])
      await server.expectAlive()
    })
  })

  describe('the end of a socket', () => {
    it('tells the client code and reason, and its own handler at once', async () => {
      const server = await startServer(start)
      const client = await connectClient(server.ws)
      const { peer, closes } = await server.peer()
      const seen = closeOf(client)
      peer.close(4500, 'bad frame')
      expect(closes).toEqual([{ code: 4500, reason: 'bad frame' }])
      peer.close(4501, 'again')
      peer.sendText('late')
      expect(peer.bufferedBytes()).toBe(0)
      expect(await seen).toEqual({ code: 4500, reason: 'bad frame' })
      expect(closes).toHaveLength(1)
    })

    it('cuts a reason that does not fit a close frame between two characters', async () => {
      const server = await startServer(start)
      const client = await connectClient(server.ws)
      const seen = closeOf(client)
      ;(await server.peer()).peer.close(4500, '€'.repeat(100))
      expect(await seen).toEqual({ code: 4500, reason: '€'.repeat(41) })
    })

    it('tells the handler what the client said', async () => {
      const server = await startServer(start)
      const endings: [(client: WebSocket) => void, { code: number; reason: string }][] = [
        [(client) => client.close(4001, 'größer'), { code: 4001, reason: 'größer' }],
        [(client) => client.close(), { code: 1005, reason: '' }],
        // What an engine adds to 1006 is its own.
        [(client) => client.terminate(), { code: 1006, reason: expect.any(String) as string }],
      ]
      for (const [end, expected] of endings) {
        const client = await connectClient(server.ws)
        await eventually(() => server.peers.at(-1)?.closes.length === 0)
        const { closes } = server.peers.at(-1)!
        end(client)
        await eventually(() => closes.length > 0)
        expect(closes).toEqual([expected])
      }
    })

    it('may close while it opens', async () => {
      const closes: number[] = []
      const server = await startServer(start, {
        onUpgrade: () => ({
          accept: true,
          protocol: PROTOCOL,
          open: (peer) => {
            peer.close(4503, 'no')
            return {
              onText: () => undefined,
              onBinary: () => undefined,
              onDrain: () => undefined,
              onClose: (code) => closes.push(code),
            }
          },
        }),
      })
      const client = new WebSocket(server.ws, [PROTOCOL])
      onTestFinished(() => client.terminate())
      expect(await closeOf(client)).toEqual({ code: 4503, reason: 'no' })
      expect(closes).toEqual([4503])
    })

    it('ends one conversation, not the process, when a handler throws', async () => {
      const error = new Error('secret cause')
      const server = await startServer(start, {
        handle: ({ peer }) => ({
          onText: (text) => {
            if (text === 'in a cork')
              peer.cork(() => {
                throw error
              })
            throw error
          },
        }),
      })
      for (const text of ['plain', 'in a cork']) {
        const client = await connectClient(server.ws)
        client.send(text)
        const seen = await closeOf(client)
        expect(seen.code).toBe(1011)
        expect(seen.reason).not.toContain('secret')
      }
      expect(server.faults).toEqual([
        { during: 'socket', error },
        { during: 'socket', error },
      ])
      await server.expectAlive()
    })

    it('closes everybody with 1001 and frees the port', async () => {
      const server = await startServer(start, { port: await freePort() })
      const clients = await Promise.all([connectClient(server.ws), connectClient(server.ws)])
      const seen = Promise.all(clients.map(closeOf))
      await Promise.all([server.transport.close(), server.transport.close()])
      expect((await seen).map(({ code }) => code)).toEqual([1001, 1001])
      const again = await startServer(start, { port: server.transport.port })
      await again.expectAlive()
    })
  })

  describe('load', () => {
    it('accepts 200 clients at once', async () => {
      const server = await startServer(start)
      const answers = await Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          const client = await connectClient(server.ws)
          client.send(`client ${index}`)
          return ((await once(client, 'message')) as [Buffer])[0].toString()
        }),
      )
      expect(answers).toEqual(Array.from({ length: 200 }, (_, index) => `client ${index}`))
    })

    it('queues for a client that does not read, drops nothing and says when the queue shrinks', async () => {
      const server = await startServer(start)
      const client = await connectClient(server.ws)
      const recorded = await server.peer()
      client.pause()
      const chunk = new Uint8Array(64 * 1024)
      let sent = 0
      while (recorded.peer.bufferedBytes() < 4 * 1024 * 1024) {
        chunk.fill(sent++ & 0xff)
        recorded.peer.sendBinary(chunk.slice())
        if (sent % 16 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      let received = 0
      let inOrder = true
      client.on('message', (data: Buffer) => {
        inOrder &&= data.byteLength === chunk.byteLength && data[0] === (received & 0xff)
        received++
      })
      const before = recorded.drains
      client.resume()
      await eventually(() => received === sent)
      expect(inOrder).toBe(true)
      await eventually(() => recorded.peer.bufferedBytes() === 0)
      expect(recorded.drains).toBeGreaterThan(before)
    })

    it('ends a client for which more is queued than any engine may hold', async () => {
      const server = await startServer(start)
      const client = await connectClient(server.ws)
      const { peer, closes } = await server.peer()
      client.pause()
      const chunk = new Uint8Array(1024 * 1024)
      for (let index = 0; index < 64 && closes.length === 0; index++) {
        peer.sendBinary(chunk)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await eventually(() => closes.length === 1)
      await server.expectAlive()
    })
  })
}
