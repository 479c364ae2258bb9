import { EventEmitter, once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import {
  type Peer,
  type PeerHandler,
  type StartTransport,
  type Transport,
  type TransportFault,
  type TransportOptions,
} from '../../relay/transport/transport.ts'

export const PROTOCOL = 'test.v1'
export const MAX_TEXT_BYTES = 128 * 1024
export const MAX_BINARY_BYTES = 256 * 1024
export const MAX_BODY_BYTES = 64 * 1024

/** One peer of a test and all it was told. */
export interface RecordedPeer {
  readonly peer: Peer
  readonly texts: string[]
  readonly binaries: Uint8Array[]
  readonly closes: { code: number; reason: string }[]
  drains: number
}

export interface TestServer {
  readonly transport: Transport
  readonly faults: TransportFault[]
  readonly peers: RecordedPeer[]
  readonly http: string
  readonly ws: string
  /** The next peer to be accepted, or the newest one already here. */
  peer(): Promise<RecordedPeer>
  /** Fails unless a new socket is still served: the process and the listener have survived. */
  expectAlive(): Promise<void>
}

/** Starts an engine on a free port, with an echo on every socket; ends with the test. */
export async function startServer(
  start: StartTransport,
  changes: Partial<TransportOptions> & { readonly handle?: (recorded: RecordedPeer) => Partial<PeerHandler> } = {},
): Promise<TestServer> {
  const { handle, ...options } = changes
  const faults: TransportFault[] = []
  const peers: RecordedPeer[] = []
  const arrivals = new EventEmitter()
  const transport = await start({
    host: '127.0.0.1',
    port: 0,
    sharePort: false,
    maxBodyBytes: MAX_BODY_BYTES,
    maxTextBytes: MAX_TEXT_BYTES,
    maxBinaryBytes: MAX_BINARY_BYTES,
    onFault: (fault) => faults.push(fault),
    onRequest: () => Promise.resolve(new Response('hello')),
    onUpgrade: () => ({
      accept: true,
      protocol: PROTOCOL,
      open: (peer) => {
        const recorded: RecordedPeer = { peer, texts: [], binaries: [], closes: [], drains: 0 }
        peers.push(recorded)
        arrivals.emit('peer', recorded)
        return { ...echo(recorded), ...handle?.(recorded) }
      },
    }),
    ...options,
  })
  onTestFinished(async () => {
    // Clients, made later, have been ended already: a server that has noticed closes at once.
    const noticed = eventually(() => peers.every(({ closes }) => closes.length > 0))
    await Promise.race([noticed, new Promise((resolve) => setTimeout(resolve, 100))])
    await transport.close()
  })
  const server: TestServer = {
    transport,
    faults,
    peers,
    http: `http://127.0.0.1:${transport.port}`,
    ws: `ws://127.0.0.1:${transport.port}/v1/live`,
    peer: async () => peers.at(-1) ?? ((await once(arrivals, 'peer')) as [RecordedPeer])[0],
    expectAlive: async () => {
      const response = await fetch(`http://127.0.0.1:${transport.port}/alive`)
      expect(response.status).toBe(200)
      await response.text()
    },
  }
  return server
}

function echo(recorded: RecordedPeer): PeerHandler {
  return {
    onText: (text) => {
      recorded.texts.push(text)
      recorded.peer.sendText(text)
    },
    onBinary: (bytes) => {
      recorded.binaries.push(bytes.slice())
      recorded.peer.sendBinary(bytes.slice())
    },
    onDrain: () => {
      recorded.drains++
    },
    onClose: (code, reason) => {
      recorded.closes.push({ code, reason })
    },
  }
}

/** A connected client whose frames wait to be read. */
export async function connectClient(url: string): Promise<WebSocket> {
  const client = new WebSocket(url, [PROTOCOL], { perMessageDeflate: false })
  client.on('error', () => undefined)
  onTestFinished(() => client.terminate())
  await once(client, 'open')
  return client
}

/** @returns how the client saw the end of its socket */
export async function closeOf(client: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = (await once(client, 'close')) as [number, Buffer]
  return { code, reason: reason.toString() }
}

/** @returns a port that nobody holds just now */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Waits until `condition` holds; the test's own time limit ends it otherwise. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
