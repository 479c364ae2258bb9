import { type ClientMessage, type ClientMessageOf } from '../protocol/client-message.ts'
import { CLOSE, closeSentence, shouldReconnect } from '../protocol/close-code.ts'
import { type ImageSource, type SpeechFrame } from '../protocol/media-frame.ts'
import { type ServerMessage, type ServerMessageOf } from '../protocol/server-message.ts'
import { type SessionSetup } from '../protocol/session-setup.ts'
import { Emitter } from '../util/emitter.ts'
import { HeldTalk } from './held-talk.ts'
import { KeptMessages } from './kept-messages.ts'
import { ReconnectPolicy } from './reconnect-policy.ts'
import { RelayLink } from './relay-link.ts'
import { SessionThread } from './session-thread.ts'
import { type OpenSocket } from './socket-port.ts'
import { TicketRefused } from './ticket-refused.ts'
import { UplinkRing } from './uplink-ring.ts'

/** A one-use ticket and the socket address it is for; `getTicket` rejects with a {@link TicketRefused}. */
export interface Ticket {
  readonly ticket: string
  /** `ws(s)://…/v1/live` */
  readonly url: string
}

export interface RelayClientOptions {
  readonly client: { readonly name: string; readonly version: string; readonly platform?: string }
  readonly setup: SessionSetup
  /** Asks for a new ticket before every attempt. @param resume the conversation to go on with, where there is one */
  readonly getTicket: (signal: AbortSignal, resume?: string) => Promise<Ticket>
  readonly openSocket: OpenSocket
  /** Spreads the waits between attempts; `Math.random` when not given. */
  readonly random?: () => number
}

export type RelayClientState =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting'; readonly attempt: number }
  | { readonly name: 'open' }
  /** Waits `delayMs` before the next attempt; `code` is 0 when no ticket was had this time. */
  | { readonly name: 'reconnecting'; readonly delayMs: number; readonly code: number; readonly reason: string }
  /** The end: `code` is a close code, or 0 when a ticket was refused for good. */
  | { readonly name: 'closed'; readonly code: number; readonly reason: string }

interface RelayClientEvents {
  state: RelayClientState
  /** Every valid text frame but `pong`, in order. */
  message: ServerMessage
  /** Speech of turns that were not interrupted; the payload may be kept. */
  speech: SpeechFrame
  /** A frame that could not be read. */
  fault: string
  /** So much of the microphone fell off while no session was open, ms; told when one is open again. */
  audioLost: number
}

/**
 * One conversation with a relay: ticket → socket → `session.start` → heartbeat → reconnect.
 * Used by the extension's offscreen document, `npm run talk`, every test and bench.
 */
export interface RelayClient {
  readonly events: Emitter<RelayClientEvents>
  readonly state: RelayClientState
  /** The quickest way to the relay and back over this socket, ms; undefined before it is known. */
  readonly roundTripMs: number | undefined
  start(): void
  /**
   * Sends one microphone frame, or keeps it (5 s at most) while there is no open session.
   *
   * @param pcm PCM16 mono little-endian 16 kHz; copied before the call returns
   * @param capturedAtMs capture time of the first sample, ms
   */
  sendAudio(pcm: Uint8Array, capturedAtMs: number): void
  /**
   * Sends a picture at once or not at all: a picture that cannot leave now is old.
   *
   * @param jpeg at most 256 KiB
   * @returns whether it was sent
   */
  sendImage(jpeg: Uint8Array, source: ImageSource, capturedAtMs: number): boolean
  /**
   * Sends a text frame when the session is open. What must not be lost is kept meanwhile: `text.send` until its
   * `transcript.final` came, settings, the newest context, the end of audio that is still kept, and whether talk is held:
   * that is said in its place among the frames, and again on every new socket.
   *
   * @returns whether the message was sent or kept
   */
  send(message: ClientMessage): boolean
  /** Says `session.end`, closes with 1000. Idempotent. */
  end(): void
}

/** More than this waiting in the socket, bytes, is a second of audio behind a slow line: the rest waits in the ring. */
const MAX_BUFFERED_BYTES = 256 * 1024

/** Larger pictures would end the conversation (docs/protocol.md §2), bytes. */
const MAX_IMAGE_BYTES = 256 * 1024

export function createRelayClient(options: RelayClientOptions): RelayClient {
  return new ReconnectingClient(options)
}

class ReconnectingClient implements RelayClient {
  readonly events = new Emitter<RelayClientEvents>()
  readonly #options: RelayClientOptions
  readonly #kept: KeptMessages
  readonly #policy: ReconnectPolicy
  readonly #ring = new UplinkRing()
  readonly #thread = new SessionThread()
  readonly #held = new HeldTalk()
  /** Its signal aborts when the conversation is over. */
  readonly #lifetime = new AbortController()
  #state: RelayClientState = { name: 'idle' }
  #link: RelayLink | undefined
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #imageSeq = 0

  constructor(options: RelayClientOptions) {
    this.#options = options
    this.#kept = new KeptMessages(options.setup)
    this.#policy = new ReconnectPolicy(options.random ?? Math.random)
  }

  get state(): RelayClientState {
    return this.#state
  }

  get roundTripMs(): number | undefined {
    return this.#openLink?.roundTripMs
  }

  start(): void {
    if (this.#state.name === 'idle') this.#connect()
  }

  sendAudio(pcm: Uint8Array, capturedAtMs: number): void {
    if (this.#isOver) return
    this.#ring.push(pcm, capturedAtMs, this.#held.current)
    this.#sendWaitingAudio()
  }

  sendImage(jpeg: Uint8Array, source: ImageSource, capturedAtMs: number): boolean {
    const link = this.#openLink
    if (link === undefined || link.bufferedBytes > MAX_BUFFERED_BYTES || jpeg.byteLength > MAX_IMAGE_BYTES) return false
    this.#imageSeq++
    link.sendFrame({ kind: 'image', seq: this.#imageSeq, timeMs: capturedAtMs, source, payload: jpeg })
    return true
  }

  send(message: ClientMessage): boolean {
    if (this.#isOver) return false
    if (message.type === 'activity.start' || message.type === 'activity.end') {
      this.#held.take(message)
      this.#sendWaitingAudio()
      return true
    }
    if (message.type === 'turn.interrupt') this.#thread.interrupt(message.turn)
    if (message.type === 'audio.end') this.#ring.pause()
    const isKept = this.#kept.keep(message) || (message.type === 'audio.end' && this.#ring.endsInPause)
    if (message.type === 'text.send' && !isKept) return false
    const link = this.#openLink
    link?.send(message)
    return isKept || link !== undefined
  }

  end(): void {
    if (this.#isOver) return
    this.#openLink?.send({ type: 'session.end' })
    this.#finish(CLOSE.bye, 'The conversation was ended.')
  }

  get #isOver(): boolean {
    return this.#lifetime.signal.aborted
  }

  get #openLink(): RelayLink | undefined {
    return this.#link?.isReady === true ? this.#link : undefined
  }

  #connect(): void {
    const { signal } = this.#lifetime
    this.#setState({ name: 'connecting', attempt: this.#policy.attempt })
    if (this.#isOver) return
    this.#options.getTicket(signal, this.#thread.resume?.sessionId).then(
      (ticket) => {
        if (!signal.aborted) this.#open(ticket)
      },
      (error: unknown) => {
        if (!signal.aborted) this.#refused(error)
      },
    )
  }

  #open({ url, ticket }: Ticket): void {
    this.#link = new RelayLink({
      openSocket: this.#options.openSocket,
      url,
      ticket,
      start: this.#startMessage(),
      onReady: (ready) => this.#ready(ready),
      onMessage: (message) => this.#receive(message),
      onSpeech: (frame) => {
        if (!this.#thread.isInterrupted(frame.turn)) this.events.emit('speech', frame)
      },
      onFault: (fault) => this.events.emit('fault', fault),
      onClose: (code, reason) => this.#closed(code, reason),
    })
    this.#link.open()
  }

  #startMessage(): ClientMessageOf<'session.start'> {
    const { resume } = this.#thread
    const { client } = this.#options
    const start = { type: 'session.start', client, setup: this.#kept.setup } as const
    return resume === undefined ? start : { ...start, resume }
  }

  #ready(ready: ServerMessageOf<'session.ready'>): void {
    const isReturn = this.#thread.resume !== undefined
    this.#policy.opened()
    this.#thread.attach(ready)
    this.#ring.rewind(isReturn, ready.resumed ? ready.audioSeq : undefined)
    for (const message of this.#kept.forNewSocket()) this.#openLink?.send(message)
    this.#held.newSocket()
    this.#sendWaitingAudio()
    if (this.#ring.endsInPause) this.#openLink?.send({ type: 'audio.end' })
    this.#setState({ name: 'open' })
    this.#emitMessage(ready)
    const lostMs = this.#ring.takeLostMs()
    if (lostMs > 0 && !this.#isOver) this.events.emit('audioLost', lostMs)
  }

  #receive(message: ServerMessage): void {
    this.#thread.observe(message)
    if (message.type === 'audio.ack') this.#ring.acknowledge(message.seq)
    if (message.type === 'session.moved') this.#policy.moved(message.reconnectInMs)
    if (message.type === 'transcript.final' && message.id !== undefined) this.#kept.confirmText(message.id)
    this.#sendWaitingAudio()
    this.#emitMessage(message)
  }

  /** A socket tells nobody that it drained: this is called with every frame, up and down. */
  #sendWaitingAudio(): void {
    const link = this.#openLink
    while (link !== undefined && link.bufferedBytes <= MAX_BUFFERED_BYTES) {
      for (const signal of this.#held.changeTo(this.#ring.nextHold ?? this.#held.current)) link.send(signal)
      const frame = this.#ring.next()
      if (frame === undefined) return
      link.sendFrame(frame)
    }
  }

  #closed(code: number, reason: string): void {
    this.#link = undefined
    if (this.#isOver) return
    const sentence = closeSentence(code, reason)
    if (shouldReconnect(code)) this.#retryIn(this.#policy.afterClose(code), code, sentence)
    else this.#finish(code, sentence)
  }

  #refused(error: unknown): void {
    const sentence = error instanceof Error ? error.message : String(error)
    if (!(error instanceof TicketRefused)) this.#retryIn(this.#policy.afterRefusal(), 0, sentence)
    else if (error.retryable) this.#retryIn(this.#policy.afterRefusal(error.retryAfterMs), 0, sentence)
    else this.#finish(0, sentence)
  }

  #retryIn(delayMs: number, code: number, reason: string): void {
    this.#retryTimer = setTimeout(() => this.#connect(), delayMs)
    this.#setState({ name: 'reconnecting', delayMs, code, reason })
  }

  #finish(code: number, reason: string): void {
    this.#lifetime.abort()
    clearTimeout(this.#retryTimer)
    this.#link?.close(CLOSE.bye, '')
    this.#setState({ name: 'closed', code, reason })
  }

  #emitMessage(message: ServerMessage): void {
    if (!this.#isOver) this.events.emit('message', message)
  }

  #setState(state: RelayClientState): void {
    if (this.#isOver && state.name !== 'closed') return
    this.#state = state
    this.events.emit('state', state)
  }
}
