import {
  App,
  DISABLED,
  us_listen_socket_close,
  us_socket_local_port,
  type HttpResponse,
  type RecognizedString,
  type us_listen_socket,
  type us_socket_context_t,
  type WebSocket,
} from 'uWebSockets.js'
import { setTimeout as delay } from 'node:timers/promises'
import { CLOSE } from '../../shared/protocol/close-code.ts'
import { Connection, MAX_QUEUED_BYTES, type EngineSocket } from './connection.ts'
import {
  announcesTooMuch,
  answerRequest,
  BODY_TOO_LARGE,
  BodyCollector,
  CLOSE_GRACE_MS,
  decideUpgrade,
  firstHeader,
  refuse,
  REQUEST_TIMEOUT,
  REQUEST_TIMEOUT_MS,
  type RawRequest,
} from './exchange.ts'
import { findListenFailure } from './listen-failure.ts'
import { type Refusal } from './problem.ts'
import { plainAddress } from './remote-address.ts'
import { type Peer, type PeerHandler, type Transport, type TransportOptions } from './transport.ts'
import { readRequest, UwsExchange } from './uws-exchange.ts'

declare module 'uWebSockets.js' {
  interface TemplatedApp {
    /** The engine takes this form too; its declarations miss it. */
    listen(
      host: RecognizedString,
      port: number,
      options: number,
      cb: (listenSocket: us_listen_socket | false) => void,
    ): TemplatedApp
  }
}

/** `ListenOptions` of uWebSockets.js, an enum that exists in its declarations only. */
const LISTEN_SHARED = 0
const LISTEN_EXCLUSIVE = 1

interface SocketData {
  readonly remoteAddress: string
  readonly open: (peer: Peer) => PeerHandler
  connection?: Connection
}

/** Starts uWebSockets.js; rejects with {@link PortTakenError} when the port is taken. */
export async function startUwsTransport(options: TransportOptions): Promise<Transport> {
  const connections = new Set<Connection>()
  const app = App()
  app.ws<SocketData>('/*', {
    compression: DISABLED,
    // Above this the engine cuts the connection without a word; `Connection` says 1009 below it.
    maxPayloadLength: 2 * Math.max(options.maxTextBytes, options.maxBinaryBytes),
    maxBackpressure: MAX_QUEUED_BYTES,
    closeOnBackpressureLimit: true,
    // The session has its own heartbeat, which sees half-open connections from both sides.
    idleTimeout: 0,
    sendPingsAutomatically: false,
    maxLifetime: 0,
    upgrade: (res, req, context) => {
      const exchange = new UwsExchange(res)
      const raw = readRequest(req)
      // The engine asks for nothing but a key of the right length.
      if (firstHeader(raw, 'upgrade')?.toLowerCase() === 'websocket')
        void upgrade(exchange, raw, res, context, options, connections)
      else void serve(exchange, raw, res, options)
    },
    open: (ws) => {
      const data = ws.getUserData()
      data.connection = new Connection(data.remoteAddress, new UwsSocket(ws), options, data.open)
      connections.add(data.connection)
    },
    message: (ws, message, isBinary) => ws.getUserData().connection?.received(new Uint8Array(message), isBinary),
    drain: (ws) => ws.getUserData().connection?.drained(),
    close: (ws, code, message) => {
      const { connection } = ws.getUserData()
      if (connection === undefined) return
      connections.delete(connection)
      connection.closed(code, Buffer.from(message).toString())
    },
  })
  app.any('/*', (res, req) => void serve(new UwsExchange(res), readRequest(req), res, options))
  const listening = await listen(app, options)

  async function close(): Promise<void> {
    us_listen_socket_close(listening)
    const open = [...connections]
    for (const connection of open) connection.close(CLOSE.goingAway, 'The relay is shutting down.')
    // The engine does not say when their close frames have left, and `App.close` cuts what is still there.
    if (open.length > 0) await delay(CLOSE_GRACE_MS)
    app.close()
  }

  let closing: Promise<void> | undefined
  return {
    engine: 'uws',
    port: us_socket_local_port(listening),
    close: () => (closing ??= close()),
  }
}

async function listen(app: ReturnType<typeof App>, options: TransportOptions): Promise<us_listen_socket> {
  const mode = options.sharePort ? LISTEN_SHARED : LISTEN_EXCLUSIVE
  const listening = await new Promise<us_listen_socket | false>((resolve) => {
    app.listen(options.host, options.port, mode, resolve)
  })
  if (listening !== false) return listening
  app.close()
  throw await findListenFailure(options.host, options.port)
}

async function upgrade(
  exchange: UwsExchange,
  raw: RawRequest,
  res: HttpResponse,
  context: us_socket_context_t,
  options: TransportOptions,
  others: Iterable<Connection>,
): Promise<void> {
  const remoteAddress = addressOf(res)
  const decision = await decideUpgrade(raw, remoteAddress, options)
  if (!decision.accept) {
    exchange.answer(decision.response, raw.method)
    return
  }
  const data: SocketData = { remoteAddress, open: decision.open }
  // No extensions: no compression.
  const write = (response: HttpResponse) =>
    response.upgrade(data, firstHeader(raw, 'sec-websocket-key') ?? '', decision.protocol, '', context)
  const isDone = withinCork(others, () => exchange.finish(write))
  if (!isDone) exchange.finishUncorked(write)
}

/**
 * After its own cork the engine looks at a response again, which an upgrade has turned into a WebSocket; where that one came
 * to lie at the same address, every few dozenth time, it takes what it finds there for “close when done” and cuts the
 * connection. While another socket is corked, a response is not. Without anybody else the upgrade goes uncorked, of which
 * the engine complains on standard error where it came after an await.
 *
 * @returns whether there was another socket, and `write` was called
 */
function withinCork(others: Iterable<Connection>, write: () => void): boolean {
  for (const other of others) {
    if (!other.isOpen) continue
    other.cork(write)
    return true
  }
  return false
}

async function serve(
  exchange: UwsExchange,
  raw: RawRequest,
  res: HttpResponse,
  options: TransportOptions,
): Promise<void> {
  const remoteAddress = addressOf(res)
  const body = await readBody(exchange, raw, res, options)
  if (body === 'aborted') return
  const gone = new AbortController()
  void exchange.aborted.then(() => gone.abort())
  // After a refusal the rest of the body is of no use: the engine lingers for it, so that the answer is read, and closes.
  if (!(body instanceof Uint8Array)) exchange.answer(await refuse(body), raw.method, true)
  else exchange.answer(await answerRequest(raw, body, remoteAddress, options, gone.signal), raw.method)
}

/** @returns the body, or why there is none. Must be called in the handler's first turn: the engine reads on at once. */
function readBody(
  exchange: UwsExchange,
  raw: RawRequest,
  res: HttpResponse,
  options: TransportOptions,
): Promise<Uint8Array<ArrayBuffer> | Refusal | 'aborted'> {
  if (announcesTooMuch(raw, options.maxBodyBytes)) return Promise.resolve(BODY_TOO_LARGE)
  const collector = new BodyCollector(options.maxBodyBytes)
  const { promise, resolve } = Promise.withResolvers<Uint8Array<ArrayBuffer> | Refusal | 'aborted'>()
  const timer = setTimeout(() => resolve(REQUEST_TIMEOUT), options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS)
  res.onData((chunk, isLast) => {
    // The engine takes the chunk back after this call.
    if (!collector.push(new Uint8Array(chunk.slice(0)))) resolve(BODY_TOO_LARGE)
    else if (isLast) resolve(collector.bytes())
  })
  void exchange.aborted.then(resolve)
  return promise.finally(() => clearTimeout(timer))
}

function addressOf(res: HttpResponse): string {
  return plainAddress(Buffer.from(res.getRemoteAddressAsText()).toString())
}

class UwsSocket implements EngineSocket {
  readonly #ws: WebSocket<SocketData>

  constructor(ws: WebSocket<SocketData>) {
    this.#ws = ws
  }

  sendText(text: string): void {
    this.#ws.send(text, false, false)
  }

  sendBinary(bytes: Uint8Array): void {
    this.#ws.send(bytes, true, false)
  }

  cork(write: () => void): void {
    let thrown: { readonly error: unknown } | undefined
    this.#ws.cork(() => {
      try {
        write()
      } catch (error) {
        // Native code calls here: nothing may be thrown through it.
        thrown = { error }
      }
    })
    if (thrown !== undefined) throw thrown.error
  }

  bufferedBytes(): number {
    return this.#ws.getBufferedAmount()
  }

  close(code: number, reason: string): void {
    this.#ws.end(code, reason)
  }
}
