import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { Watch } from '../support/watch.ts'

/** One end of a connection and all that came out of it. */
class End {
  readonly socket: Socket
  received = Buffer.alloc(0)
  pieces = 0
  ending: 'open' | 'ended' | 'reset' = 'open'
  readonly #watch = new Watch()

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes])
      this.pieces++
      this.#watch.changed()
    })
    socket.on('end', () => this.#ends('ended'))
    socket.on('error', () => this.#ends('reset'))
    onTestFinished(() => {
      socket.destroy()
    })
  }

  /** Resolves when this many bytes have come. */
  bytes(count: number): Promise<Buffer> {
    return this.#watch.until(() => (this.received.byteLength >= count ? this.received : undefined))
  }

  over(): Promise<'ended' | 'reset'> {
    return this.#watch.until(() => (this.ending === 'open' ? undefined : this.ending))
  }

  #ends(how: 'ended' | 'reset'): void {
    this.ending = how
    this.#watch.changed()
  }
}

interface Line {
  readonly proxy: FaultProxy
  readonly client: End
  readonly server: End
}

/** A server, a proxy in front of it, and one connection through it. */
async function openLine(): Promise<Line & { readonly open: () => Promise<Line> }> {
  const watch = new Watch()
  const accepted: End[] = []
  const listener = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(new End(socket))
    watch.changed()
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const proxy = await startFaultProxy({ port, random: seededRandom(7) })
  onTestFinished(async () => {
    await proxy.close()
    listener.close()
  })
  const open = async () => {
    const index = accepted.length
    const client = new End(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }))
    return { proxy, client, server: await watch.until(() => accepted[index]) }
  }
  return { ...(await open()), open }
}

function noise(bytes: number): Buffer {
  const random = seededRandom(bytes)
  return Buffer.from(Array.from({ length: bytes }, () => Math.floor(random() * 256)))
}

describe('the fault proxy', () => {
  it('carries both ways unchanged, and ends', async () => {
    const { client, server } = await openLine()
    const [up, down] = [noise(300_000), noise(200_000)]
    client.socket.end(up)
    server.socket.write(down)
    expect((await server.bytes(up.byteLength)).equals(up)).toBe(true)
    expect(await server.over()).toBe('ended')
    // Half-closed: the other way still carries.
    expect((await client.bytes(down.byteLength)).equals(down)).toBe(true)
    server.socket.end()
    expect(await client.over()).toBe('ended')
  })

  it('keeps the order of bytes on a slow, jittery line that slices', async () => {
    const { proxy, client, server } = await openLine()
    proxy.setLink({ latencyMs: 2, jitterMs: 5, sliceBytes: 100, bytesPerSecond: 200_000 })
    const bytes = noise(20_000)
    for (let start = 0; start < bytes.byteLength; start += 1000)
      client.socket.write(bytes.subarray(start, start + 1000))
    expect((await server.bytes(bytes.byteLength)).equals(bytes)).toBe(true)
    expect(server.pieces).toBeGreaterThan(1)
  })

  it('delays: what left later on a good line arrives first', async () => {
    const { proxy, client, server, open } = await openLine()
    proxy.setLink({ latencyMs: 300 })
    client.socket.write('slow')
    await proxy.until(() => (proxy.connections[0]!.up.queuedBytes === 4 ? true : undefined))
    const other = await open()
    proxy.connections[1]!.setLink({})
    other.client.socket.write('fast')
    await other.server.bytes(4)
    expect(server.received.toString()).toBe('')
    expect((await server.bytes(4)).toString()).toBe('slow')
  })

  it('limits the rate: what is behind much waits for it', async () => {
    const { proxy, client, server, open } = await openLine()
    proxy.setLink({ bytesPerSecond: 50_000 }, 'up')
    client.socket.write(noise(10_000))
    await proxy.until(() => (proxy.connections[0]!.up.queuedBytes === 10_000 ? true : undefined))
    const other = await open()
    other.client.socket.write('x')
    await other.server.bytes(1)
    expect(server.received.byteLength).toBeLessThan(10_000)
    await server.bytes(10_000)
  })

  it('stalls, and delivers everything once the line is well again', async () => {
    const { proxy, client, server } = await openLine()
    proxy.setLink({ isStalled: true })
    client.socket.write('one')
    await proxy.until(() => (proxy.connections[0]!.up.queuedBytes === 3 ? true : undefined))
    expect(server.received.byteLength).toBe(0)
    proxy.setLink({})
    client.socket.write('two')
    expect((await server.bytes(6)).toString()).toBe('onetwo')
  })

  it('swallows: bytes and ends vanish, and both sides believe in the connection', async () => {
    const { proxy, client, server, open } = await openLine()
    const [connection] = proxy.connections
    proxy.setLink({ isBlackHole: true })
    client.socket.end('gone')
    await proxy.until(() => (connection!.up.swallowedBytes === 4 ? true : undefined))
    // Another connection, made when the line is well, has come and gone meanwhile.
    proxy.setLink({})
    const other = await open()
    other.client.socket.end('heard')
    expect(await other.server.over()).toBe('ended')
    expect(server.received.byteLength).toBe(0)
    expect(server.ending).toBe('open')
    proxy.resetAll()
    expect(await server.over()).toBe('reset')
    expect(await client.over()).toBe('reset')
  })

  it('swallows one way only', async () => {
    const { proxy, client, server } = await openLine()
    proxy.setLink({ isBlackHole: true }, 'down')
    server.socket.write('gone')
    client.socket.write('heard')
    expect((await server.bytes(5)).toString()).toBe('heard')
    await proxy.until(() => (proxy.connections[0]!.down.swallowedBytes === 4 ? true : undefined))
    expect(client.received.byteLength).toBe(0)
  })

  it('half-closes one side, and carries what it still sends', async () => {
    const { proxy, client, server } = await openLine()
    proxy.connections[0]!.halfClose('server')
    expect(await server.over()).toBe('ended')
    server.socket.write('still here')
    expect((await client.bytes(10)).toString()).toBe('still here')
  })

  it('resets both sides, and hands on a reset', async () => {
    const first = await openLine()
    first.proxy.resetAll()
    expect(await Promise.all([first.client.over(), first.server.over()])).toEqual(['reset', 'reset'])
    const second = await first.open()
    second.client.socket.resetAndDestroy()
    expect(await second.server.over()).toBe('reset')
    await first.proxy.until(() => (first.proxy.connections.length === 0 ? true : undefined))
  })

  it('refuses', async () => {
    const { proxy } = await openLine()
    proxy.setRefusing(true)
    const client = new End(connect(proxy.port, '127.0.0.1'))
    expect(await client.over()).toBe('reset')
  })

  it('spoils single bits', async () => {
    const { proxy, client, server } = await openLine()
    proxy.setLink({ corruption: 1 }, 'up')
    const sent = noise(64)
    client.socket.write(sent)
    const received = await server.bytes(64)
    const turned = received.reduce((count, byte, index) => count + bits(byte ^ sent[index]!), 0)
    expect(turned).toBe(1)
  })

  it('tells a client that nobody listens', async () => {
    const { proxy, client } = await openLine()
    const nowhere = await startFaultProxy({ port: 1 })
    onTestFinished(() => nowhere.close())
    expect(await new End(connect(nowhere.port, '127.0.0.1')).over()).toBe('reset')
    expect(proxy.connections).toHaveLength(1)
    expect(client.ending).toBe('open')
  })
})

function bits(byte: number): number {
  return byte.toString(2).replaceAll('0', '').length
}
