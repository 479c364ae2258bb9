import { WebSocket, type ClientOptions } from 'ws'

export interface GeminiSocketEvents {
  readonly onOpen: () => void
  /** One whole frame. Google sends its JSON in binary frames, others in text frames: both arrive here. */
  readonly onFrame: (frame: Buffer) => void
  /** The last event, also when the socket never opened; without a close frame the code is 1006. */
  readonly onClose: (code: number, reason: string) => void
}

/** The largest message the brain may send, bytes; a reply of a few seconds of speech is far below. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024

/** How long a close frame may remain unanswered before the connection is cut, ms. */
const CLOSE_TIMEOUT_MS = 2_000

/** `closeTimeout` is in ws 8.23 but not yet in its types. */
const OPTIONS: ClientOptions & { readonly closeTimeout: number } = {
  perMessageDeflate: false,
  maxPayload: MAX_FRAME_BYTES,
  closeTimeout: CLOSE_TIMEOUT_MS,
}

/**
 * The socket to the brain: `ws` under the SDK. The SDK's own would offer permessage-deflate (4.5× the CPU when the server
 * takes it), tell nobody how much it has buffered, and close without a code.
 */
export class GeminiSocket {
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #events: GeminiSocketEvents
  #ws: WebSocket | undefined
  #sentBytes = 0
  #failure = ''

  constructor(url: string, headers: Readonly<Record<string, string>>, events: GeminiSocketEvents) {
    this.#url = url
    this.#headers = headers
    this.#events = events
  }

  /** Called by the SDK, once. Must not throw: an impossible address is a close like any other. */
  connect(): void {
    let ws: WebSocket
    try {
      ws = new WebSocket(this.#url, { ...OPTIONS, headers: this.#headers })
    } catch (error) {
      const reason = messageOf(error)
      queueMicrotask(() => this.#events.onClose(1006, reason))
      return
    }
    this.#ws = ws
    // Nagle's algorithm and delayed acknowledgements together would hold small frames for 40 ms.
    ws.on('upgrade', (response) => response.socket.setNoDelay(true))
    ws.on('open', this.#events.onOpen)
    ws.on('message', (data) => this.#events.onFrame(data as Buffer))
    ws.on('error', (error) => (this.#failure = messageOf(error)))
    ws.on('close', (code, reason) => {
      const text = reason.toString('utf8')
      this.#events.onClose(code, text === '' ? this.#failure : text)
    })
  }

  get isOpen(): boolean {
    return this.#ws?.readyState === WebSocket.OPEN
  }

  /** Whether anything was sent yet: the setup is the first thing. */
  get hasSent(): boolean {
    return this.#sentBytes > 0
  }

  /** Bytes accepted but not written to the system. */
  get bufferedBytes(): number {
    return this.#ws?.bufferedAmount ?? 0
  }

  /** A text frame from the SDK. */
  send(text: string): void {
    this.#sentBytes += text.length
    this.#ws?.send(text)
  }

  /** A text frame whose UTF-8 is ready; masked and merged with its header into one write, the given bytes stay as they are. */
  sendFrame(utf8: Buffer): void {
    this.#ws?.send(utf8, { binary: false })
  }

  setPaused(paused: boolean): void {
    if (!this.isOpen) return
    if (paused) this.#ws?.pause()
    else this.#ws?.resume()
  }

  /** Says goodbye with 1000 and cuts the line when nobody answers. */
  close(): void {
    // A paused socket would never read the answer to its close frame.
    this.setPaused(false)
    this.#ws?.close(1000)
  }

  /** Cuts the line at once. */
  terminate(): void {
    this.#ws?.terminate()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
