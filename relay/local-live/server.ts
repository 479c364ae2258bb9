import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo } from 'node:net'
import { type Duplex } from 'node:stream'
import { WebSocketServer, type RawData, type WebSocket } from 'ws'
import { type FaultKit } from './faults/fault-plan.ts'
import { type FaultyLine } from './faults/faulty-line.ts'
import { LiveConnection, type ConnectionLimits } from './live-connection.ts'
import { type Brain, type SessionOutlet } from './live-session.ts'
import { answerTokenRequest, failure } from './token-request.ts'
import { type AuthTokens, type TokenGrant } from './wire/auth-tokens.ts'
import { CLOSING, fitReason, type Closing } from './wire/closing.ts'
import { findEndpoint, isTokenPath, type Endpoint } from './wire/endpoint.ts'
import { encodeServerMessage } from './wire/server-message.ts'

/** A picture of some megapixels as base64; more is a client gone wrong. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024
/** Sessions that one shared recogniser can serve at all; more would only be slow for everybody. */
const MAX_CONNECTIONS = 64
/** How long a client may take to answer our close frame. */
const CLOSE_TIMEOUT_MS = 1_000

export interface LiveServerOptions {
  readonly host: string
  readonly port: number
  readonly brain: Brain
  readonly tokens: AuthTokens
  readonly limits: ConnectionLimits
  /** The service is believed to send JSON in binary frames; its clients take both. */
  readonly frames: 'binary' | 'text'
  /** What is to go wrong; mostly nothing. */
  readonly faults: FaultKit
}

/** HTTP and WebSocket in front of the sessions. */
export class LiveServer {
  readonly #options: LiveServerOptions
  readonly #http: Server
  /** Deflate costs time and gains nothing on base64; path and origin are ours to judge. */
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES })
  readonly #connections = new Map<WebSocket, LiveConnection>()
  /** Upgrades that a fault has answered, or left unanswered. */
  readonly #refused = new Set<Duplex>()

  constructor(options: LiveServerOptions) {
    this.#options = options
    this.#http = createServer((request, response) => this.#answerHttp(request, response))
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /** @returns the port it listens on @throws when the address cannot be had (`EADDRINUSE`, …) */
  listen(): Promise<number> {
    const { host, port } = this.#options
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject)
      this.#http.listen(port, host, () => resolve((this.#http.address() as AddressInfo).port))
    })
  }

  /** Ends every session with the same words: something they all need is gone. */
  closeSessions(closing: Closing): void {
    for (const connection of this.#connections.values()) connection.close(closing)
  }

  async close(): Promise<void> {
    for (const [socket, connection] of this.#connections) {
      connection.end()
      hangUp(socket, 1001, 'The server is shutting down.')
    }
    this.#refused.forEach((socket) => socket.destroy())
    const closed = new Promise<void>((resolve) => {
      this.#http.close(() => resolve())
    })
    this.#http.closeAllConnections()
    await closed
  }

  #answerHttp(request: IncomingMessage, response: ServerResponse): void {
    if (isTokenPath(request.url) && request.method === 'POST') {
      void answerTokenRequest(request, response, this.#options.tokens)
    } else failure(response, 404, 'NOT_FOUND', 'This is a local Gemini Live server; there is nothing at this address.')
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A client that goes away in the middle of the handshake is nobody's problem.
    socket.on('error', () => socket.destroy())
    const endpoint = findEndpoint(request)
    if (endpoint === undefined) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    const line = this.#options.faults.line()
    if (line?.refuses(socket) === true) {
      this.#refused.add(socket)
      socket.once('close', () => this.#refused.delete(socket))
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#welcome(webSocket, endpoint, line))
  }

  #welcome(socket: WebSocket, endpoint: Endpoint, line: FaultyLine | undefined): void {
    // ws closes by itself after an error (1009 for a frame too large, 1002 for a broken one).
    socket.on('error', () => undefined)
    const admitted = this.#admit(endpoint)
    if (!admitted.ok) {
      hangUp(socket, admitted.closing.code, admitted.closing.reason)
      return
    }
    const { brain, limits } = this.#options
    const outlet = line === undefined ? this.#outletOf(socket) : this.#faultyOutlet(socket, line)
    const connection = new LiveConnection({ endpoint, grant: admitted.grant, brain, outlet, limits })
    this.#connections.set(socket, connection)
    socket.on('message', (data) => {
      const text = textOfFrame(data)
      const taken = line === undefined ? text : line.receive(text)
      if (taken !== undefined) connection.receive(taken)
    })
    socket.on('close', () => {
      this.#connections.delete(socket)
      line?.end()
      connection.end()
    })
  }

  #admit(
    endpoint: Endpoint,
  ): { readonly ok: true; readonly grant: TokenGrant | undefined } | { readonly ok: false; readonly closing: Closing } {
    const { credential } = endpoint
    if (this.#connections.size >= MAX_CONNECTIONS) return { ok: false, closing: CLOSING.unavailable }
    if (endpoint.backend !== 'gemini') return { ok: true, grant: undefined }
    const isToken = credential?.startsWith('auth_tokens/') === true
    if (credential === undefined || isToken !== endpoint.constrained)
      return { ok: false, closing: CLOSING.unregistered }
    if (!isToken) return { ok: true, grant: undefined }
    const grant = this.#options.tokens.find(credential)
    return grant === undefined ? { ok: false, closing: CLOSING.tokenSpent } : { ok: true, grant }
  }

  #outletOf(socket: WebSocket): SessionOutlet {
    return {
      send: (message) => this.#write(socket, encodeServerMessage(message)),
      bufferedBytes: () => socket.bufferedAmount,
      setPaused: (paused) => (paused ? socket.pause() : socket.resume()),
      close: ({ code, reason }) => hangUp(socket, code, reason),
    }
  }

  #faultyOutlet(socket: WebSocket, line: FaultyLine): SessionOutlet {
    const outlet = this.#outletOf(socket)
    line.open({
      write: (frame) => (typeof frame === 'string' ? this.#write(socket, frame) : socket.send(frame)),
      close: (code, reason) => hangUp(socket, code, reason),
      cut: () => socket.terminate(),
      stopReading: () => socket.pause(),
    })
    return {
      ...outlet,
      send: (message) => line.send(message),
      setPaused: (paused) => {
        if (line.reads) outlet.setPaused(paused)
      },
      close: (closing) => {
        if (line.saysGoodbye) outlet.close(closing)
      },
    }
  }

  #write(socket: WebSocket, json: string): void {
    socket.send(this.#options.frames === 'binary' ? Buffer.from(json) : json)
  }
}

function hangUp(socket: WebSocket, code?: number, reason = ''): void {
  // A paused socket would never see the answer to its close frame.
  socket.resume()
  socket.close(code, fitReason(reason))
  setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS).unref()
}

function textOfFrame(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString()
  return Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data).toString()
}
