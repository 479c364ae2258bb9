import { type ClientMessage, type ClientMessageOf } from '../protocol/client-message.ts'
import { decodeClientMessage, encodeMessage } from '../protocol/codec.ts'
import {
  decodeMediaFrame,
  encodeMediaFrame,
  type ImageFrame,
  type MediaFrame,
  type MicrophoneFrame,
} from '../protocol/media-frame.ts'
import { type ServerMessage, type ServerMessageOf } from '../protocol/server-message.ts'
import { type SocketEvents, type SocketPort } from './socket-port.ts'

/** One socket in memory, for tests of the client: the test plays the relay on its other side. */
export class ScriptedSocket implements SocketPort {
  readonly url: string
  readonly protocols: readonly string[]
  readonly #events: SocketEvents
  /** Everything the client sent, decoded by the relay's own codec, in order. */
  readonly received: (ClientMessage | MediaFrame)[] = []
  bufferedAmount = 0
  /** How it was closed, by either side. */
  closedWith: { readonly code: number | undefined; readonly reason: string | undefined } | undefined

  constructor(url: string, protocols: readonly string[], events: SocketEvents) {
    this.url = url
    this.protocols = protocols
    this.#events = events
  }

  /** @throws when the client sends what no relay would take */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.closedWith !== undefined) throw new Error('sent on a closed socket')
    if (typeof data !== 'string') {
      const frame = decodeMediaFrame(data)
      if (typeof frame === 'string') throw new Error(frame)
      this.received.push(frame)
      return
    }
    const decoded = decodeClientMessage(data)
    if (!decoded.ok) throw new Error(decoded.fault)
    this.received.push(decoded.message)
  }

  close(code?: number, reason?: string): void {
    this.closedWith = { code, reason }
  }

  open(): void {
    this.#events.onOpen()
  }

  say(message: ServerMessage): void {
    this.sayText(encodeMessage(message))
  }

  sayText(text: string): void {
    this.#events.onText(text)
  }

  /** Says that something the user said or typed is stored as entry `seq`. */
  sayFinal(seq: number, id?: string): void {
    const final = { type: 'transcript.final', seq, turn: 1, role: 'user', text: 'hello', at: '' } as const
    this.say(id === undefined ? final : { ...final, id })
  }

  sayFrame(frame: MediaFrame): void {
    this.sayBytes(encodeMediaFrame(frame))
  }

  sayBytes(bytes: Uint8Array<ArrayBuffer>): void {
    this.#events.onBinary(bytes.slice().buffer)
  }

  /** The other side, or the network, closes. */
  drop(code: number, reason = ''): void {
    this.closedWith ??= { code, reason }
    this.#events.onClose(code, reason)
  }

  /** Opens and starts a session. */
  accept(ready: Partial<ServerMessageOf<'session.ready'>> = {}): void {
    this.open()
    this.say({ ...SESSION_READY, ...ready })
  }

  messages<Type extends ClientMessage['type']>(type: Type): ClientMessageOf<Type>[] {
    return this.received.filter((sent): sent is ClientMessageOf<Type> => 'type' in sent && sent.type === type)
  }

  get audio(): MicrophoneFrame[] {
    return this.received.filter((sent) => 'kind' in sent && sent.kind === 'microphone')
  }

  get images(): ImageFrame[] {
    return this.received.filter((sent) => 'kind' in sent && sent.kind === 'image')
  }
}

export const SESSION_READY: ServerMessageOf<'session.ready'> = {
  type: 'session.ready',
  sessionId: 'session-1',
  resumeToken: 'token-1',
  resumed: false,
  seq: 0,
  user: { id: 'local', name: 'You' },
  brain: 'local',
  model: 'local',
  voice: 'slt',
  expiresAt: '2030-01-01T00:00:00.000Z',
  capabilities: {},
  limits: {},
}
