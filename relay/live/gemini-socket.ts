import { type PayloadWriter } from './websocket/frame-writer.ts'
import { LeanSocket } from './websocket/lean-socket.ts'

export interface GeminiSocketEvents {
  readonly onOpen: () => void
  /**
   * One whole message. Google sends its JSON in binary frames, others in text frames: both arrive here.
   *
   * @param frame valid during the call only: copy what is kept
   */
  readonly onFrame: (frame: Buffer) => void
  /** The last event, also when the socket never opened; without a close frame the code is 1006. */
  readonly onClose: (code: number, reason: string) => void
}

/**
 * The socket to the brain, under the SDK. The SDK's own would offer permessage-deflate (4.5× the CPU when the server takes
 * it), tell nobody how much it has buffered, and close without a code; docs/adr/0011 says why it is not `ws` either.
 */
export class GeminiSocket {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #events: GeminiSocketEvents
  #socket: LeanSocket | undefined
  #hasSent = false

  constructor(url: string, headers: Readonly<Record<string, string>>, events: GeminiSocketEvents) {
    this.#url = url
    this.#headers = headers
    this.#events = events
  }

  /** Called by the SDK, once. Must not throw: an impossible address is a close like any other. */
  connect(): void {
    const { onOpen, onFrame, onClose } = this.#events
    try {
      this.#socket = new LeanSocket(new URL(this.#url), this.#headers, { onOpen, onMessage: onFrame, onClose })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      queueMicrotask(() => onClose(1006, reason))
    }
  }

  get isOpen(): boolean {
    return this.#socket?.isOpen === true
  }

  /** Whether anything was sent yet: the setup is the first thing. */
  get hasSent(): boolean {
    return this.#hasSent
  }

  /** Bytes accepted but not written to the system. */
  get bufferedBytes(): number {
    return this.#socket?.bufferedBytes ?? 0
  }

  /** A text frame from the SDK. */
  send(text: string): void {
    this.#hasSent = true
    this.#socket?.sendText(text)
  }

  /** A text frame of media, in its envelope; the media is no longer needed when this returns. */
  sendMedia(envelope: PayloadWriter, media: Uint8Array): void {
    this.#socket?.sendTextOf(media, envelope)
  }

  setPaused(paused: boolean): void {
    this.#socket?.setPaused(paused)
  }

  /** Says goodbye with 1000 and cuts the line when nobody answers. */
  close(): void {
    this.#socket?.close()
  }

  /** Cuts the line at once. */
  terminate(): void {
    this.#socket?.terminate()
  }
}
