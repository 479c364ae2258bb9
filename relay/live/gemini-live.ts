import { GoogleGenAI, type Live, type LiveConnectConfig, type Session } from '@google/genai'
import { type Logger } from '../logger.ts'
import { capabilitiesOf } from './gemini-capabilities.ts'
import { liveConnectConfig } from './gemini-config.ts'
import { GeminiConnection } from './gemini-connection.ts'
import { GeminiInbox } from './gemini-inbox.ts'
import { GeminiSocket } from './gemini-socket.ts'
import { LiveConnectError, type LiveConnection, type LiveConnectOptions, type LiveModel } from './live-model.ts'

export interface GeminiLiveOptions {
  /** Base `http(s)` URL of another server that speaks Gemini Live. */
  readonly liveUrl?: string
  readonly logger: Logger
  /** Longest time from dialling to the end of the setup, ms; the SDK itself would wait for ever. */
  readonly setupTimeoutMs?: number
}

const GOOGLE_URL = 'https://generativelanguage.googleapis.com'

/** Every page of the vendor's documentation describes v1beta, the SDK's default is v1 (docs/adr/0003). */
const API_VERSION = 'v1beta'

const SETUP_TIMEOUT_MS = 10_000

/** The part of the SDK's socket factory that is replaced; private in its types, held by gemini-live.test.ts. */
interface SdkSocketCallbacks {
  readonly onopen: () => void
  readonly onmessage: (event: { readonly data: Buffer }) => void
  readonly onclose: (event: { readonly code: number; readonly reason: string }) => void
}

/** The brain behind the port: Gemini Live by @google/genai, on a socket of our own. */
export function createGeminiLive(options: GeminiLiveOptions): LiveModel {
  const setupTimeoutMs = options.setupTimeoutMs ?? SETUP_TIMEOUT_MS
  /** One for each key of the operator's. */
  const clients = new Map<string, Live>()
  const clientFor = (apiKey: string): Live => {
    const live = clients.get(apiKey) ?? createClient(apiKey, options.liveUrl ?? GOOGLE_URL)
    clients.set(apiKey, live)
    return live
  }
  return {
    capabilities: capabilitiesOf,
    connect: (call) => new Dialling(clientFor(call.apiKey), call, options.logger, setupTimeoutMs).connect(),
  }
}

/** Backend and address are always given: the SDK would take what is missing from the environment. */
function createClient(apiKey: string, baseUrl: string): Live {
  return new GoogleGenAI({ vertexai: false, apiKey, httpOptions: { apiVersion: API_VERSION, baseUrl } }).live
}

/** One attempt to reach the brain, with the guards that the SDK's `connect` lacks. */
class Dialling {
  readonly #live: Live
  readonly #call: LiveConnectOptions
  readonly #logger: Logger
  readonly #setupTimeoutMs: number
  readonly #inbox: GeminiInbox
  readonly #gone = Promise.withResolvers<undefined>()
  #socket: GeminiSocket | undefined
  #closed: { readonly code: number; readonly reason: string } | undefined

  constructor(live: Live, call: LiveConnectOptions, logger: Logger, setupTimeoutMs: number) {
    this.#live = live
    this.#call = call
    this.#logger = logger
    this.#setupTimeoutMs = setupTimeoutMs
    this.#inbox = new GeminiInbox(call.onEvent, logger)
  }

  async connect(): Promise<LiveConnection> {
    const capabilities = capabilitiesOf(this.#call.model)
    const session = await this.#setUp(liveConnectConfig(this.#call, capabilities))
    const socket = this.#socket
    if (socket === undefined) {
      session.close()
      throw new Error('@google/genai did not take our socket: its socket factory has moved')
    }
    const connection = new GeminiConnection(
      session,
      socket,
      this.#inbox,
      capabilities,
      this.#gone.promise,
      this.#logger,
    )
    this.#call.signal.addEventListener('abort', () => connection.close(), { once: true })
    // After the microtasks, when the caller has the connection in hand.
    setImmediate(() => this.#inbox.open())
    return connection
  }

  /** Resolves once the setup is complete; every other end is a {@link LiveConnectError}. */
  async #setUp(config: LiveConnectConfig): Promise<Session> {
    const { model, signal } = this.#call
    const gaveUp = Promise.withResolvers<never>()
    const onAbort = () => gaveUp.reject(new LiveConnectError(1000, 'not wanted any more'))
    const onTimeout = () => gaveUp.reject(new LiveConnectError(1006, this.#silence()))
    const timer = setTimeout(onTimeout, this.#setupTimeoutMs)
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    try {
      // Events reach us from the socket, so the SDK's own callback has nothing to do.
      const connecting = this.#sdk().connect({ model, config, callbacks: { onmessage: () => undefined } })
      return await Promise.race([connecting, gaveUp.promise])
    } catch (error) {
      this.#inbox.shut()
      this.#socket?.terminate()
      throw this.#connectError(error)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** The SDK's Live module with our socket in place of its own, for this attempt alone. */
  #sdk(): Live {
    const create = (url: string, headers: Record<string, string>, sdk: SdkSocketCallbacks) => {
      this.#socket = new GeminiSocket(url, headers, {
        onOpen: sdk.onopen,
        onFrame: (frame) => this.#onFrame(frame, sdk),
        onClose: (code, reason) => this.#onClose(code, reason, sdk),
      })
      return this.#socket
    }
    return Object.create(this.#live, { webSocketFactory: { value: { create } } }) as Live
  }

  #onFrame(frame: Buffer, sdk: SdkSocketCallbacks): void {
    const completesSetup = this.#inbox.receive(frame)
    // The SDK waits for this one message. Before it has sent its setup it could only trip over the answer.
    if (completesSetup && this.#socket?.hasSent === true) sdk.onmessage({ data: Buffer.from(frame) })
  }

  #onClose(code: number, reason: string, sdk: SdkSocketCallbacks): void {
    this.#closed = { code, reason }
    this.#gone.resolve(undefined)
    sdk.onclose({ code, reason })
    this.#inbox.deliver({ type: 'closed', code, reason })
  }

  #connectError(error: unknown): LiveConnectError {
    if (error instanceof LiveConnectError) return error
    if (this.#closed !== undefined) return new LiveConnectError(this.#closed.code, this.#closed.reason)
    // The SDK itself found the request impossible, as the brain would have.
    return new LiveConnectError(1007, error instanceof Error ? error.message : String(error))
  }

  #silence(): string {
    return `no answer to the setup within ${this.#setupTimeoutMs / 1000} s`
  }
}
