import { CLOSE } from '../../shared/protocol/close-code.ts'
import { type ClientMessage } from '../../shared/protocol/client-message.ts'
import { decodeClientMessage, decodeServerMessage } from '../../shared/protocol/codec.ts'
import { decodeMediaFrame, type ImageFrame, type MicrophoneFrame } from '../../shared/protocol/media-frame.ts'
import { type OpenSocket, type SocketPort } from '../../shared/client/socket-port.ts'
import { type ConversationAt } from '../messaging/messages.ts'
import { type Ledger } from './ledger.ts'
import { LineRecord, type PageNamed } from './line-record.ts'
import { type MakeThumbnail } from './thumbnail.ts'
import { WaitingLane } from './waiting-lane.ts'
import { addressChange, resultText, typedText } from './words-sent.ts'

const UNWRITTEN = 'What is sent could not be written into the ledger, so nothing is sent any more.'

type Bytes = string | Uint8Array<ArrayBuffer>

/** Watches the sockets of this document: nothing of the person's leaves one before the ledger has it. */
export class LedgerWitness {
  readonly #ledger: Ledger
  readonly #makeThumbnail: MakeThumbnail
  #conversation: ConversationAt | undefined

  constructor(ledger: Ledger, makeThumbnail: MakeThumbnail) {
    this.#ledger = ledger
    this.#makeThumbnail = makeThumbnail
  }

  /** The newest conversation, and the relay that has it. */
  get conversation(): ConversationAt | undefined {
    return this.#conversation
  }

  /** The same sockets, watched. */
  over(openSocket: OpenSocket): OpenSocket {
    return (url, protocols, events) => {
      let isOver = false
      const end = (code: number, reason: string) => {
        if (isOver) return
        isOver = true
        line.close()
        events.onClose(code, reason)
      }
      const line = new WatchedLine({
        ledger: this.#ledger,
        makeThumbnail: this.#makeThumbnail,
        url,
        onConversation: (conversation) => (this.#conversation = conversation),
        onBroken: (reason) => {
          socket.close()
          end(CLOSE.badMessage, `${UNWRITTEN} ${reason}`)
        },
      })
      const socket = openSocket(url, protocols, {
        ...events,
        onText: (text) => {
          line.hear(text)
          events.onText(text)
        },
        onClose: end,
      })
      line.attach(socket)
      return {
        get bufferedAmount() {
          return socket.bufferedAmount + line.heldBytes
        },
        send: (data) => line.send(data),
        close: (code, reason) => {
          line.close()
          socket.close(code, reason)
        },
      }
    }
  }
}

interface WatchedLineOptions {
  readonly ledger: Ledger
  readonly makeThumbnail: MakeThumbnail
  /** Of the socket. */
  readonly url: string
  readonly onConversation: (conversation: ConversationAt) => void
  readonly onBroken: (reason: string) => void
}

/** Stands between the client and one socket. */
class WatchedLine {
  readonly #options: WatchedLineOptions
  readonly #relay: string
  readonly #record: LineRecord
  /** Sound and what must keep its place beside it; and words and pictures, which may come between. */
  readonly #voice: WaitingLane
  readonly #contents: WaitingLane
  #socket: SocketPort | undefined
  #temporary = false
  #page: PageNamed & { readonly url?: string } = {}
  /** Names of the tools that were called, by the call. */
  readonly #tools = new Map<string, string>()

  constructor(options: WatchedLineOptions) {
    const leave = (data: Bytes) => this.#socket?.send(data)
    this.#options = options
    this.#relay = new URL(options.url).origin.replace(/^ws/, 'http')
    this.#voice = new WaitingLane(leave)
    this.#contents = new WaitingLane(leave)
    this.#record = new LineRecord({
      ...options,
      relay: this.#relay,
      onRoom: () => this.#voice.drain(),
      onBroken: (reason) => this.#broken(reason),
    })
  }

  get heldBytes(): number {
    return this.#voice.heldBytes + this.#contents.heldBytes
  }

  attach(socket: SocketPort): void {
    this.#socket = socket
  }

  /** Nothing leaves any more. */
  close(): void {
    this.#voice.clear()
    this.#contents.clear()
    this.#record.sound.close()
  }

  send(data: Bytes): void {
    if (typeof data === 'string') this.#sendText(data)
    else this.#sendFrame(data)
  }

  /** What the relay says, as far as the ledger needs it. */
  hear(text: string): void {
    const decoded = decodeServerMessage(text)
    if (!decoded.ok) return
    const { message } = decoded
    if (message.type === 'session.ready') this.#begin(message.sessionId)
    else if (message.type === 'tool.call') this.#tools.set(message.callId, message.name)
    else if (message.type === 'turn.complete' && message.received !== undefined)
      this.#record.counted(message.turn, message.received).catch((error: unknown) => this.#broken(error))
  }

  #begin(id: string): void {
    this.#options.onConversation({ url: this.#relay, id })
    this.#record.begin(id, this.#temporary)
  }

  #broken(reason: unknown): void {
    this.#options.onBroken(String(reason))
  }

  #sendFrame(data: Uint8Array<ArrayBuffer>): void {
    const frame = decodeMediaFrame(data)
    if (typeof frame === 'string' || frame.kind === 'speech') throw new Error('This is no frame for a relay.')
    if (frame.kind === 'image') this.#sendPicture(data, frame)
    else this.#sendSound(data, frame)
  }

  #sendSound(data: Bytes, frame: MicrophoneFrame): void {
    this.#voice.push(data, () => this.#record.sound.admit(frame))
  }

  #sendPicture(data: Bytes, frame: ImageFrame): void {
    const { title, host } = this.#page
    this.#sendWhen(data, this.#record.picture(frame, { ...(title && { title }), ...(host && { host }) }))
  }

  #sendText(data: string): void {
    const decoded = decodeClientMessage(data)
    if (!decoded.ok) throw new Error(`not a message for a relay: ${decoded.fault}`)
    const { message } = decoded
    const written = this.#wordsOf(message)
    if (written !== undefined) {
      this.#sendWhen(data, written)
      return
    }
    if (message.type === 'session.start') this.#temporary = message.setup.temporary === true
    this.#voice.push(data, () => {
      if (message.type === 'audio.end' || message.type === 'activity.end') this.#record.sound.pause()
      return true
    })
  }

  /** @returns when what the message says is written; undefined for one that carries nothing of the person's */
  #wordsOf(message: ClientMessage): Promise<void> | undefined {
    switch (message.type) {
      case 'text.send':
        return this.#record.text(...typedText(message.text))
      case 'tool.result': {
        const name = this.#tools.get(message.callId) ?? ''
        this.#tools.delete(message.callId)
        return message.output === undefined ? undefined : this.#record.text(...resultText(name, message.output))
      }
      case 'context.update': {
        const { url } = this.#page
        this.#page = addressChange(message.page)
        // It keeps its place behind the one before, which may still be being written.
        if (message.page === undefined || message.page.url === url) return Promise.resolve()
        const characters = message.page.title.length + message.page.url.length
        const { url: _url, ...named } = this.#page
        return this.#record.text({ source: 'address', characters }, named)
      }
      default:
        return undefined
    }
  }

  #sendWhen(data: Bytes, written: Promise<void>): void {
    let isWritten = false
    this.#contents.push(data, () => isWritten)
    written.then(
      () => {
        isWritten = true
        this.#contents.drain()
      },
      (error: unknown) => this.#broken(error),
    )
  }
}
