import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type Duplex } from 'node:stream'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import { CLOSE } from '../../shared/protocol/close-code.ts'
import { Connection, MAX_QUEUED_BYTES, type EngineSocket } from './connection.ts'
import { CLOSE_GRACE_MS, decideUpgrade, MAX_HEADER_BYTES, REQUEST_TIMEOUT_MS } from './exchange.ts'
import { listenFailure } from './listen-failure.ts'
import { rawRequest, refuseUpgrade, serveNodeRequest } from './node-http.ts'
import { plainAddress } from './remote-address.ts'
import { type Peer, type PeerHandler, type Transport, type TransportOptions } from './transport.ts'

/** Headers that trickle in hold a connection and nothing else (slow loris); uWebSockets.js ends them after 30 s of its own. */
const HEADERS_TIMEOUT_MS = 10_000

/** How long a peer may take to answer our close frame before its connection is cut, ms; as uWebSockets.js does. */
const CLOSE_TIMEOUT_MS = 4_000

/** Starts Node's own HTTP server with `ws`; rejects with {@link PortTakenError} when the port is taken. */
export async function startWsTransport(options: TransportOptions): Promise<Transport> {
  const server = createServer(serverOptions(options), (request, response) => {
    void serveNodeRequest(request, response, options)
  })
  /** What to echo, decided before `ws` asks. */
  const protocols = new WeakMap<IncomingMessage, string>()
  const sockets = new WebSocketServer(socketOptions(options, protocols))
  const connections = new Set<Connection>()

  async function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Node hands over a bare socket: without a listener a reset in the next turns would end the process.
    socket.on('error', () => socket.destroy())
    const remoteAddress = plainAddress(request.socket.remoteAddress ?? '')
    const decision = await decideUpgrade(rawRequest(request), remoteAddress, options)
    if (socket.destroyed) return
    if (!decision.accept) {
      refuseUpgrade(socket, decision.response)
      return
    }
    protocols.set(request, decision.protocol)
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const connection = connect(ws, socket, remoteAddress, options, decision.open)
      connections.add(connection)
      ws.on('close', () => connections.delete(connection))
    })
  }

  server.on(
    'upgrade',
    (request: IncomingMessage, socket: Duplex, head: Buffer) => void onUpgrade(request, socket, head),
  )
  await listen(server, options)

  async function close(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve))
    for (const connection of [...connections]) connection.close(CLOSE.goingAway, 'The relay is shutting down.')
    await Promise.race([closed, delay(CLOSE_GRACE_MS)])
    for (const client of sockets.clients) client.terminate()
    server.closeAllConnections()
    await closed
  }

  let closing: Promise<void> | undefined
  return { engine: 'ws', port: portOf(server), close: () => (closing ??= close()) }
}

function socketOptions(options: TransportOptions, protocols: WeakMap<IncomingMessage, string>) {
  return {
    noServer: true,
    perMessageDeflate: false,
    // Above this `ws` says 1009 itself; `Connection` says it at our own limits below.
    maxPayload: 2 * Math.max(options.maxTextBytes, options.maxBinaryBytes),
    handleProtocols: (_offered: Set<string>, request: IncomingMessage) => protocols.get(request) ?? (false as const),
    // Not in @types/ws 8.18 yet.
    closeTimeout: CLOSE_TIMEOUT_MS,
  }
}

function serverOptions(options: TransportOptions): ServerOptions {
  const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS
  return {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
    requestTimeout,
    connectionsCheckingInterval: Math.min(2_000, requestTimeout / 4),
    noDelay: true,
    // An offer of another protocol, such as h2c by Java's client, may be ignored (RFC 9110 §7.8). Node ≥ 24.9 asks.
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
  }
}

function listen(server: Server, options: TransportOptions): Promise<void> {
  const { host, port, sharePort } = options
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(host, port, error)))
    server.listen({ host, port, exclusive: true, reusePort: sharePort }, resolve)
  })
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has an address')
  return address.port
}

function connect(
  ws: WebSocket,
  stream: Duplex,
  remoteAddress: string,
  options: TransportOptions,
  open: (peer: Peer) => PeerHandler,
): Connection {
  const socket = new WsSocket(ws, stream, () => connection.drained())
  const connection: Connection = new Connection(remoteAddress, socket, options, open)
  ws.on('message', (data: RawData, isBinary) => {
    // `binaryType` is left at its default, so a message is one Buffer.
    if (data instanceof Buffer) connection.received(data, isBinary)
  })
  ws.on('close', (code, reason) => connection.closed(code, reason.toString()))
  // A broken frame or connection: `ws` closes after it, and the close event says all there is to know.
  ws.on('error', () => undefined)
  return connection
}

class WsSocket implements EngineSocket {
  readonly #ws: WebSocket
  readonly #stream: Duplex
  readonly #written: () => void

  /** @param drained called whenever queued bytes have been handed to the system */
  constructor(ws: WebSocket, stream: Duplex, drained: () => void) {
    this.#ws = ws
    this.#stream = stream
    this.#written = drained
  }

  sendText(text: string): void {
    this.#ws.send(text, { binary: false, compress: false }, this.#written)
    this.#endUnread()
  }

  sendBinary(bytes: Uint8Array): void {
    // A copy, for its stream keeps what the system does not take at once.
    this.#ws.send(Buffer.from(bytes), { binary: true, compress: false }, this.#written)
    this.#endUnread()
  }

  cork(write: () => void): void {
    this.#stream.cork()
    try {
      write()
    } finally {
      this.#stream.uncork()
    }
  }

  bufferedBytes(): number {
    return this.#ws.bufferedAmount
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, reason)
  }

  /** The bound that uWebSockets.js has built in. */
  #endUnread(): void {
    if (this.#ws.bufferedAmount > MAX_QUEUED_BYTES) this.#ws.terminate()
  }
}
