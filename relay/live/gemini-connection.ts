import {
  FunctionResponse,
  FunctionResponseScheduling,
  LiveSendToolResponseParameters,
  type Session,
} from '@google/genai'
import { type Logger } from '../logger.ts'
import { type GeminiCapabilities } from './gemini-capabilities.ts'
import { AUDIO_ENVELOPE, IMAGE_ENVELOPE } from './gemini-envelope.ts'
import { type GeminiInbox } from './gemini-inbox.ts'
import { type GeminiSocket } from './gemini-socket.ts'
import { type LiveConnection, type LiveToolResult } from './live-model.ts'

/** An open conversation with Gemini: media straight onto the socket, everything else in the SDK's words. */
export class GeminiConnection implements LiveConnection {
  readonly #session: Session
  readonly #socket: GeminiSocket
  readonly #inbox: GeminiInbox
  readonly #capabilities: GeminiCapabilities
  readonly #logger: Logger
  readonly closed: Promise<void>
  #droppedSends = 0

  constructor(
    session: Session,
    socket: GeminiSocket,
    inbox: GeminiInbox,
    capabilities: GeminiCapabilities,
    closed: Promise<void>,
    logger: Logger,
  ) {
    this.#session = session
    this.#socket = socket
    this.#inbox = inbox
    this.#capabilities = capabilities
    this.closed = closed
    this.#logger = logger
  }

  sendAudio(pcm: Uint8Array): void {
    if (this.#canSend()) this.#socket.sendMedia(AUDIO_ENVELOPE, pcm)
  }

  sendImage(jpeg: Uint8Array): void {
    if (this.#canSend()) this.#socket.sendMedia(IMAGE_ENVELOPE, jpeg)
  }

  sendText(text: string): void {
    if (this.#canSend()) this.#session.sendRealtimeInput({ text })
  }

  activityStart(): void {
    if (this.#canSend()) this.#session.sendRealtimeInput({ activityStart: {} })
  }

  activityEnd(): void {
    if (this.#canSend()) this.#session.sendRealtimeInput({ activityEnd: {} })
  }

  audioEnd(): void {
    if (this.#canSend()) this.#session.sendRealtimeInput({ audioStreamEnd: true })
  }

  interrupt(): void {
    if (this.#capabilities.canStop && this.#canSend()) this.#session.sendClientContent({ turnComplete: false })
  }

  sendToolResult({ id, name, response }: LiveToolResult): void {
    if (!this.#canSend()) return
    const functionResponse = Object.assign(new FunctionResponse(), { id, name, response })
    // A tool the model does not wait for must say when its answer is spoken: the default differs by model.
    if (this.#capabilities.toolBehavior === 'NON_BLOCKING') {
      functionResponse.scheduling = FunctionResponseScheduling.WHEN_IDLE
    }
    const parameters = new LiveSendToolResponseParameters()
    parameters.functionResponses = [functionResponse]
    this.#session.sendToolResponse(parameters)
  }

  bufferedBytes(): number {
    return this.#socket.bufferedBytes
  }

  setPaused(paused: boolean): void {
    this.#socket.setPaused(paused)
  }

  close(): void {
    this.#inbox.shut()
    this.#socket.close()
  }

  /** The SDK would let sends after a close vanish without a trace. */
  #canSend(): boolean {
    if (this.#socket.isOpen) return true
    this.#droppedSends++
    if (this.#droppedSends === 1) this.#logger.warn({}, 'something was sent to a brain that had hung up')
    return false
  }
}
