import { type ClientMessage, type ClientMessageOf } from '../protocol/client-message.ts'
import { CLOSE } from '../protocol/close-code.ts'
import { decodeServerMessage, encodeMessage } from '../protocol/codec.ts'
import { decodeMediaFrame, encodeMediaFrame, type MediaFrame, type SpeechFrame } from '../protocol/media-frame.ts'
import { type ServerMessage, type ServerMessageOf } from '../protocol/server-message.ts'
import { offeredProtocols } from '../protocol/version.ts'
import { Heartbeat } from './heartbeat.ts'
import { type OpenSocket, type SocketPort } from './socket-port.ts'

/** From opening the socket to `session.ready`; the relay does not make a client wait for its brain. */
const READY_TIMEOUT_MS = 15_000

/** Half a minute of talk: the quickest of these was held up by nothing. */
const KEPT_ROUND_TRIPS = 10

export interface RelayLinkOptions {
  readonly openSocket: OpenSocket
  /** `ws(s)://…/v1/live` */
  readonly url: string
  readonly ticket: string
  /** The first frame. */
  readonly start: ClientMessageOf<'session.start'>
  readonly onReady: (ready: ServerMessageOf<'session.ready'>) => void
  /** Every other valid text frame but `pong`. */
  readonly onMessage: (message: ServerMessage) => void
  readonly onSpeech: (frame: SpeechFrame) => void
  /** Something came that could not be read. */
  readonly onFault: (fault: string) => void
  /** The last call; also when the link closed itself, without waiting for a socket that may be dead. */
  readonly onClose: (code: number, reason: string) => void
}

/** One socket of a conversation, from opening to closing: handshake, heartbeat and codec. It never comes back. */
export class RelayLink {
  readonly #options: RelayLinkOptions
  #phase: 'new' | 'starting' | 'ready' | 'closed' = 'new'
  #socket: SocketPort | undefined
  #heartbeat: Heartbeat | undefined
  readonly #roundTrips: number[] = []
  #readyTimer: ReturnType<typeof setTimeout> | undefined

  constructor(options: RelayLinkOptions) {
    this.#options = options
  }

  get isReady(): boolean {
    return this.#phase === 'ready'
  }

  /** The quickest of the last answers to a ping, ms; undefined before the first. */
  get roundTripMs(): number | undefined {
    return this.#roundTrips.length === 0 ? undefined : Math.min(...this.#roundTrips)
  }

  /** Bytes that were sent and have not left yet. */
  get bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0
  }

  open(): void {
    const { openSocket, url, ticket } = this.#options
    this.#phase = 'starting'
    this.#readyTimer = setTimeout(() => {
      this.close(CLOSE.heartbeatLost, 'The relay did not start the conversation in time.')
    }, READY_TIMEOUT_MS)
    this.#socket = openSocket(url, offeredProtocols(ticket), {
      onOpen: () => this.#sendText(this.#options.start),
      onText: (text) => this.#receiveText(text),
      onBinary: (data) => this.#receiveBinary(data),
      onClose: (code, reason) => this.#closed(code, reason),
    })
  }

  /** Sends a text frame; only for a link that is ready. */
  send(message: ClientMessage): void {
    if (this.isReady) this.#sendText(message)
  }

  /** Sends a binary frame; only for a link that is ready. */
  sendFrame(frame: MediaFrame): void {
    if (!this.isReady) return
    this.#socket?.send(encodeMediaFrame(frame))
    if (frame.kind === 'microphone') this.#heartbeat?.talked()
  }

  /** Closes at once: `onClose` was called when this returns. */
  close(code: number, reason: string): void {
    if (this.#phase === 'closed') return
    this.#socket?.close(code, reason)
    this.#closed(code, reason)
  }

  #sendText(message: ClientMessage): void {
    if (this.#phase !== 'closed') this.#socket?.send(encodeMessage(message))
  }

  #receiveText(text: string): void {
    if (this.#phase === 'closed') return
    this.#heartbeat?.received()
    const decoded = decodeServerMessage(text)
    if (!decoded.ok) this.#options.onFault(decoded.fault)
    else if (decoded.message.type === 'session.ready') this.#ready(decoded.message)
    else if (decoded.message.type === 'pong') this.#pong(decoded.message.t)
    else this.#options.onMessage(decoded.message)
  }

  #pong(sentAtMs: number): void {
    this.#roundTrips.push(Math.max(0, performance.now() - sentAtMs))
    if (this.#roundTrips.length > KEPT_ROUND_TRIPS) this.#roundTrips.shift()
  }

  #receiveBinary(data: ArrayBuffer): void {
    if (this.#phase === 'closed') return
    this.#heartbeat?.received()
    const frame = decodeMediaFrame(new Uint8Array(data))
    if (typeof frame === 'string') this.#options.onFault(`binary frame: ${frame}`)
    else if (frame.kind !== 'speech') this.#options.onFault(`binary frame: ${frame.kind} does not come from a relay`)
    else {
      this.#heartbeat?.talked()
      this.#options.onSpeech(frame)
    }
  }

  #ready(ready: ServerMessageOf<'session.ready'>): void {
    if (this.#phase !== 'starting') {
      this.#options.onFault('session.ready: came twice')
      return
    }
    this.#phase = 'ready'
    clearTimeout(this.#readyTimer)
    this.#heartbeat = new Heartbeat({
      ping: () => this.#sendText({ type: 'ping', t: performance.now() }),
      onLost: (silenceMs) => {
        this.close(CLOSE.heartbeatLost, `The relay was silent for ${Math.round(silenceMs / 1000)} s.`)
      },
    })
    this.#options.onReady(ready)
  }

  #closed(code: number, reason: string): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    clearTimeout(this.#readyTimer)
    this.#heartbeat?.stop()
    this.#options.onClose(code, reason)
  }
}
