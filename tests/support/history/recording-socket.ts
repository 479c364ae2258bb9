import { type OpenSocket } from '../../../shared/client/socket-port.ts'
import { decodeClientMessage, decodeServerMessage, encodeMessage } from '../../../shared/protocol/codec.ts'
import { decodeMediaFrame } from '../../../shared/protocol/media-frame.ts'
import { type History } from './history.ts'
import { type ReceivedFrame, type SentFrame } from './line.ts'

/** What a client needs to go on with a conversation, also one that another client began. */
export interface ConversationThread {
  readonly sessionId: string
  readonly resumeToken: string
  readonly lastSeq: number
}

export interface RecordingSocketOptions {
  readonly history: History
  readonly client: string
  /** The first socket asks for this conversation. */
  readonly takeOver?: ConversationThread
}

/** Opens sockets like another `OpenSocket` and writes down what goes over them. */
export class RecordingSockets {
  readonly #openSocket: OpenSocket
  readonly #options: RecordingSocketOptions
  #count = 0
  #thread: ConversationThread | undefined

  constructor(openSocket: OpenSocket, options: RecordingSocketOptions) {
    this.#openSocket = openSocket
    this.#options = options
  }

  /** How many sockets were opened. */
  get count(): number {
    return this.#count
  }

  /** The conversation as this client has it; undefined before the first. */
  get thread(): ConversationThread | undefined {
    return this.#thread
  }

  readonly open: OpenSocket = (url, protocols, events) => {
    const { history, client } = this.#options
    const socket = ++this.#count
    const of = { client, socket } as const
    let isGivenUp = false
    history.add({ event: 'opening', ...of, instance: url })
    const received = (frame: ReceivedFrame) => {
      const lateness = isGivenUp ? { late: true as const } : {}
      history.add({ event: 'received', ...of, frame: withoutToken(frame), ...lateness })
      if (!isGivenUp) this.#follow(frame)
    }
    const port = this.#openSocket(url, protocols, {
      ...events,
      onText: (text) => {
        received(readServerText(text))
        events.onText(text)
      },
      onBinary: (data) => {
        received(readSpeech(data))
        events.onBinary(data)
      },
      onClose: (code, reason) => {
        history.add({ event: 'closed', ...of, code })
        events.onClose(code, reason)
      },
    })
    return {
      get bufferedAmount() {
        return port.bufferedAmount
      },
      send: (data) => {
        const outgoing = typeof data === 'string' && socket === 1 ? this.#redirect(data) : data
        history.add({ event: 'sent', ...of, frame: readSent(outgoing) })
        port.send(outgoing)
      },
      close: (code, reason) => {
        isGivenUp = true
        port.close(code, reason)
      },
    }
  }

  /** Makes the first `session.start` ask for another client's conversation. */
  #redirect(text: string): string {
    const { takeOver } = this.#options
    const message = readClientText(text)
    if (takeOver === undefined || message.type !== 'session.start') return text
    return encodeMessage({ ...message, resume: { ...takeOver, epoch: 0 } })
  }

  #follow(frame: ReceivedFrame): void {
    if (!('type' in frame)) return
    if (frame.type === 'session.ready') {
      const lastSeq = frame.resumed ? (this.#thread?.lastSeq ?? 0) : frame.seq
      this.#thread = { sessionId: frame.sessionId, resumeToken: frame.resumeToken, lastSeq }
    } else if (frame.type === 'transcript.final' && this.#thread !== undefined) {
      this.#thread = { ...this.#thread, lastSeq: Math.max(this.#thread.lastSeq, frame.seq) }
    }
  }
}

/** A history may be shown to anybody. */
function withoutToken<Frame extends ReceivedFrame | SentFrame>(frame: Frame): Frame {
  if (!('type' in frame)) return frame
  if (frame.type === 'session.ready') return { ...frame, resumeToken: '' }
  if (frame.type !== 'session.start' || frame.resume === undefined) return frame
  return { ...frame, resume: { ...frame.resume, resumeToken: '' } }
}

function readServerText(text: string): ReceivedFrame {
  const decoded = decodeServerMessage(text)
  if (!decoded.ok) throw new Error(`the relay sent ${text}: ${decoded.fault}`)
  return decoded.message
}

function readSpeech(data: ArrayBuffer): ReceivedFrame {
  const frame = decodeMediaFrame(new Uint8Array(data))
  if (typeof frame === 'string' || frame.kind !== 'speech') throw new Error('the relay sent a frame that is no speech')
  const { payload, ...rest } = frame
  return { ...rest, bytes: payload.byteLength }
}

function readClientText(text: string) {
  const decoded = decodeClientMessage(text)
  if (!decoded.ok) throw new Error(`the client sends ${text}: ${decoded.fault}`)
  return decoded.message
}

function readSent(data: string | Uint8Array): SentFrame {
  if (typeof data === 'string') return withoutToken(readClientText(data))
  const frame = decodeMediaFrame(data)
  if (typeof frame === 'string' || frame.kind === 'speech') throw new Error('the client sends a frame that is no input')
  const { payload, ...rest } = frame
  return { ...rest, bytes: payload.byteLength }
}
