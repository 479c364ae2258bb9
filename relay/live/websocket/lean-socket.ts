import type net from 'node:net'
import { dial } from './dial.ts'
import { FrameReader } from './frame-reader.ts'
import { AS_IT_IS, FrameWriter, type PayloadWriter } from './frame-writer.ts'
import { OPCODE, STATUS } from './frame.ts'
import { GrowingBuffer } from './growing-buffer.ts'
import { Upgrade } from './upgrade.ts'

export interface LeanSocketEvents {
  readonly onOpen: () => void
  /** One whole message, text or binary. @param message valid during the call only: copy what is kept */
  readonly onMessage: (message: Buffer) => void
  /**
   * The last event, exactly once, also when the socket never opened: code and reason of the server's close frame; without
   * one 1006 and what happened instead.
   */
  readonly onClose: (code: number, reason: string) => void
}

export interface LeanSocketOptions {
  /** Longest time from dialling to the answer of the upgrade, ms. */
  readonly upgradeTimeoutMs?: number
  /** How long a close frame may remain unanswered, or the line open after it, before it is cut, ms. */
  readonly closeTimeoutMs?: number
  /** A larger message of the server ends the connection, bytes. */
  readonly maxMessageBytes?: number
  /** A server that says nothing for this long is asked for a sign of life, and given up after as long again, ms. */
  readonly silenceMs?: number
}

const USUAL_OPTIONS: Required<LeanSocketOptions> = {
  upgradeTimeoutMs: 10_000,
  closeTimeoutMs: 2_000,
  maxMessageBytes: 8 * 1024 * 1024,
  silenceMs: 15_000,
}

const writer = new FrameWriter()

type Phase = 'connecting' | 'open' | 'closing' | 'closed'

/**
 * A WebSocket client (RFC 6455) for many sockets that each say little and often: one system call and no copy for a
 * message either way, one read buffer for all sockets. No extensions, hence no compression; no proxies, no redirects.
 */
export class LeanSocket {
  readonly #events: LeanSocketEvents
  readonly #options: Required<LeanSocketOptions>
  readonly #upgrade: Upgrade
  readonly #socket: net.Socket
  readonly #isTls: boolean
  /** The answer to the upgrade, as long as it is incomplete. */
  #answer: GrowingBuffer | undefined
  #reader: FrameReader | undefined
  #phase: Phase = 'connecting'
  #farewell: { readonly code: number; readonly reason: string } | undefined
  /** Why there is no farewell. */
  #failure = ''
  /** Cuts the line: an upgrade or a farewell that is not answered. */
  #cutTimer: NodeJS.Timeout | undefined
  #silenceTimer: NodeJS.Timeout | undefined
  #isPaused = false
  #heard: 'something' | 'nothing' | 'nothing since the ping' = 'something'

  /**
   * Dials. No event is emitted before this returns.
   *
   * @throws {TypeError} for a URL or a header that no WebSocket can have
   */
  constructor(
    url: URL,
    headers: Readonly<Record<string, string>>,
    events: LeanSocketEvents,
    options: LeanSocketOptions = {},
  ) {
    this.#events = events
    this.#options = { ...USUAL_OPTIONS, ...options }
    this.#upgrade = new Upgrade(url, headers)
    const { socket, ready } = dial(url, (bytes) => this.#read(bytes))
    this.#socket = socket
    this.#isTls = ready === 'secureConnect'
    this.#cutAfter(this.#options.upgradeTimeoutMs, 'Opening handshake has timed out')
    socket.once(ready, () => socket.write(this.#upgrade.request, 'latin1'))
    socket.on('error', (error) => (this.#failure = error.message))
    socket.once('close', () => this.#closed())
  }

  get isOpen(): boolean {
    return this.#phase === 'open'
  }

  /** Bytes accepted but not written to the system. */
  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  sendText(text: string): void {
    this.#send(OPCODE.text, Buffer.from(text, 'utf8'), AS_IT_IS)
  }

  /** Sends a text message that `form` makes of the payload; the payload is no longer needed when this returns. */
  sendTextOf(payload: Uint8Array, form: PayloadWriter): void {
    this.#send(OPCODE.text, payload, form)
  }

  /** Stops or goes on reading; what was read already is still passed on. */
  setPaused(paused: boolean): void {
    if (this.#phase !== 'open' || paused === this.#isPaused) return
    this.#isPaused = paused
    if (paused) this.#socket.pause()
    else this.#socket.resume()
  }

  /** Says goodbye with 1000 and cuts the line when nobody answers. */
  close(): void {
    if (this.#phase === 'connecting') this.#cut('The socket was closed before it was open')
    else if (this.#phase === 'open') this.#beginClosing(STATUS.normal, 'The close frame was not answered')
  }

  /** Cuts the line at once. */
  terminate(): void {
    this.#cut('The line was cut')
  }

  #read(bytes: Buffer): void {
    this.#heard = 'something'
    if (this.#reader !== undefined) this.#reader.push(bytes)
    else if (this.#phase === 'connecting') this.#readAnswer(bytes)
  }

  #readAnswer(bytes: Buffer): void {
    const held = (this.#answer ??= new GrowingBuffer())
    held.append(bytes)
    const all = held.take()
    const answer = this.#upgrade.readAnswer(all)
    if (answer === undefined) held.append(all)
    else if ('refusal' in answer) this.#cut(answer.refusal)
    else this.#opened(all.subarray(answer.framesAt))
  }

  #opened(frames: Buffer): void {
    this.#answer = undefined
    clearTimeout(this.#cutTimer)
    this.#phase = 'open'
    this.#reader = new FrameReader(this.#options.maxMessageBytes, {
      onMessage: this.#events.onMessage,
      onPing: (payload) => this.#send(OPCODE.pong, payload, AS_IT_IS),
      onCloseFrame: (code, reason) => this.#left(code, reason),
      onViolation: (status, why) => this.#violated(status, why),
    })
    this.#silenceTimer = setInterval(() => this.#listen(), this.#options.silenceMs)
    this.#events.onOpen()
    this.#reader.push(frames)
  }

  #send(opcode: number, payload: Uint8Array, form: PayloadWriter): void {
    if (this.#phase !== 'open') return
    // With nothing before it, Node passes a frame on while it is written: TLS encrypts all of it at once (or copies it), and
    // the system takes nearly every one; what it does not take stays where it is. Behind others a frame waits as it is.
    const isPassedOn = !this.#hasQueue()
    this.#socket.write(writer.build(opcode, payload, form, isPassedOn))
    if (isPassedOn && !this.#isTls && this.#hasQueue()) writer.keep()
  }

  #hasQueue(): boolean {
    return this.#socket.writableLength > 0
  }

  #left(code: number, reason: string): void {
    this.#farewell = { code, reason }
    if (this.#phase === 'open') this.#beginClosing(code === STATUS.noCode ? undefined : code, '')
    this.#socket.end()
  }

  #violated(status: number, why: string): void {
    this.#failure = `Invalid WebSocket frame: ${why}`
    if (this.#phase === 'open') this.#beginClosing(status, this.#failure)
    this.#socket.end()
  }

  /** A line that died without a word swallows what is said for a quarter of an hour; a server must answer a ping. */
  #listen(): void {
    // While we do not read, its silence is ours.
    if (this.#isPaused || this.#heard === 'something') this.#heard = 'nothing'
    else if (this.#heard === 'nothing') {
      this.#heard = 'nothing since the ping'
      this.#send(OPCODE.ping, Buffer.alloc(0), AS_IT_IS)
    } else this.#cut('The line has gone silent')
  }

  /** @param code of our close frame; undefined sends one without */
  #beginClosing(code: number | undefined, failure: string): void {
    // A paused socket would never read the answer to its close frame.
    this.setPaused(false)
    const payload = code === undefined ? Buffer.alloc(0) : Buffer.from([code >> 8, code & 0xff])
    this.#send(OPCODE.close, payload, AS_IT_IS)
    this.#phase = 'closing'
    this.#cutAfter(this.#options.closeTimeoutMs, failure)
  }

  #cutAfter(timeoutMs: number, failure: string): void {
    this.#cutTimer = setTimeout(() => this.#cut(failure), timeoutMs)
  }

  #cut(failure: string): void {
    if (this.#phase === 'closed') return
    if (this.#failure === '') this.#failure = failure
    this.#reader?.stop()
    this.#socket.destroy()
  }

  #closed(): void {
    this.#phase = 'closed'
    clearTimeout(this.#cutTimer)
    clearInterval(this.#silenceTimer)
    this.#reader?.stop()
    const { code, reason } = this.#farewell ?? { code: STATUS.abnormal, reason: this.#failure }
    this.#events.onClose(code, reason)
  }
}
