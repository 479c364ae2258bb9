import { createRelayClient, type RelayClient, type RelayClientState } from '../../shared/client/relay-client.ts'
import { type OpenSocket } from '../../shared/client/socket-port.ts'
import { type ClientMessage } from '../../shared/protocol/client-message.ts'
import { type ImageSource, type SpeechFrame } from '../../shared/protocol/media-frame.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type VoiceStart } from '../messaging/messages.ts'
import { type Background } from './background.ts'

export interface RelayLineOptions {
  readonly getTicket: Background['getTicket']
  readonly openSocket: OpenSocket
  readonly onState: (state: RelayClientState) => void
  readonly onMessage: (message: ServerMessage) => void
  readonly onSpeech: (frame: SpeechFrame) => void
}

/** The one conversation with the relay that this document has at a time, if any; what a former one still says is not heard. */
export class RelayLine {
  readonly #options: RelayLineOptions
  #client: RelayClient | undefined

  constructor(options: RelayLineOptions) {
    this.#options = options
  }

  /** There is a conversation, also while its socket is away. */
  get isOpen(): boolean {
    return this.#client !== undefined
  }

  get state(): RelayClientState {
    return this.#client?.state ?? { name: 'idle' }
  }

  /** The quickest way to the relay and back, ms; undefined before it is known. */
  get roundTripMs(): number | undefined {
    return this.#client?.roundTripMs
  }

  /** Begins a conversation; only while none is open. */
  open({ extensionVersion, setup }: VoiceStart): void {
    const { getTicket, openSocket, onState, onMessage, onSpeech } = this.#options
    const client = createRelayClient({
      client: { name: 'aside-extension', version: extensionVersion },
      setup,
      getTicket: (_signal, resume) => getTicket(resume),
      openSocket,
    })
    this.#client = client
    const whileOurs =
      <Value>(listener: (value: Value) => void) =>
      (value: Value) => {
        if (this.#client === client) listener(value)
      }
    client.events.on('state', whileOurs(onState))
    client.events.on('message', whileOurs(onMessage))
    client.events.on('speech', whileOurs(onSpeech))
    client.start()
  }

  /** Says goodbye; nothing is heard of it any more. */
  close(): void {
    const client = this.#client
    this.#client = undefined
    client?.end()
  }

  /** @returns whether it was sent, or kept to be sent */
  send(message: ClientMessage): boolean {
    return this.#client?.send(message) ?? false
  }

  /** @param pcm PCM16 mono 16 kHz @param capturedAtMs capture time of the first sample */
  sendAudio(pcm: Uint8Array, capturedAtMs: number): void {
    this.#client?.sendAudio(pcm, capturedAtMs)
  }

  /** @returns whether it was sent */
  sendImage(jpeg: Uint8Array, source: ImageSource, capturedAtMs: number): boolean {
    return this.#client?.sendImage(jpeg, source, capturedAtMs) ?? false
  }
}
