import { type SessionSetup } from '../../shared/protocol/session-setup.ts'

/** The port in front of the brain. Its words are Gemini Live's; its one adapter is `gemini-live.ts`. */
export interface LiveModel {
  /** What a model can be asked for; settings it would refuse are never sent to it. */
  capabilities(model: string): LiveCapabilities
  /**
   * Opens one connection to the brain and resolves once its setup is complete.
   *
   * @throws {LiveConnectError} with the brain's close code and text; also after 10 s without an answer
   */
  connect(options: LiveConnectOptions): Promise<LiveConnection>
}

export interface LiveCapabilities {
  /** The voices that are known by name, the vendor's own order. */
  readonly voices: readonly string[]
  /** Fields of the setup the model has no use for or would refuse the whole conversation over. */
  readonly unsupported: readonly (keyof SessionSetup)[]
  /** Whether it thinks before it speaks, so that a longer silence means nothing. */
  readonly isSlow: boolean
}

export interface LiveConnectOptions {
  readonly apiKey: string
  readonly model: string
  readonly voice: string
  readonly setup: SessionSetup
  /** What was said before this connection, oldest first: a brain remembers nothing of an earlier one. */
  readonly history: readonly LiveMemory[]
  /** Goes on where an earlier connection to the same model was when it gave this out. */
  readonly handle?: string
  /** Called for everything the brain says, in order, never before `connect` resolves; must not throw. */
  readonly onEvent: (event: LiveEvent) => void
  /** Aborts the attempt or closes the connection. */
  readonly signal: AbortSignal
}

export interface LiveMemory {
  readonly role: 'user' | 'assistant'
  readonly text: string
}

/** An open conversation. Sends after it closed are counted and dropped, never thrown. */
export interface LiveConnection {
  /** @param pcm PCM16 mono little-endian 16 kHz; encoded before the call returns */
  sendAudio(pcm: Uint8Array): void
  /** @param jpeg a JPEG file; encoded before the call returns */
  sendImage(jpeg: Uint8Array): void
  /** A typed turn: realtime input text, which counts as activity and interrupts speech. */
  sendText(text: string): void
  activityStart(): void
  activityEnd(): void
  /** The microphone paused (automatic turn taking only). */
  audioEnd(): void
  /** Stops the answer that is being generated without starting another; nothing where the model has no such way. */
  interrupt(): void
  sendToolResult(result: LiveToolResult): void
  /** Bytes the socket to the brain has accepted but not written. */
  bufferedBytes(): number
  /** Stops or goes on reading from the brain (back-pressure from a slow client). */
  setPaused(paused: boolean): void
  /** Hangs up; nothing is emitted any more. Idempotent. */
  close(): void
  /** Resolves once the socket is gone, whoever closed it. A handle must not be used before: the brain would refuse it. */
  readonly closed: Promise<void>
}

export interface LiveToolCall {
  readonly id: string
  readonly name: string
  readonly args: Readonly<Record<string, unknown>>
}

export interface LiveToolResult {
  readonly id: string
  readonly name: string
  /** `{output}` or `{error}`, as Gemini Live asks. */
  readonly response: Readonly<Record<string, unknown>>
}

/** What a turn took. A turn's prompt is all that was said so far. */
export interface LiveTokens {
  readonly promptTokens?: number
  readonly responseTokens?: number
  readonly totalTokens?: number
  /** The same by kind, where the brain itemises it; may add up to less. */
  readonly details?: {
    readonly textIn: number
    readonly audioIn: number
    readonly imageIn: number
    readonly textOut: number
    readonly audioOut: number
  }
}

export type LiveEvent =
  /** PCM16 mono little-endian 24 kHz; valid during the call only: copy what is kept. */
  | { readonly type: 'audio'; readonly pcm: Uint8Array }
  /** Fragments are to be concatenated; they split inside words. */
  | { readonly type: 'inputTranscript'; readonly text: string; readonly finished: boolean }
  | { readonly type: 'outputTranscript'; readonly text: string }
  | { readonly type: 'interrupted' }
  | { readonly type: 'generationComplete' }
  | { readonly type: 'turnComplete'; readonly reason?: string }
  | { readonly type: 'toolCall'; readonly calls: readonly LiveToolCall[] }
  | { readonly type: 'toolCallCancellation'; readonly ids: readonly string[] }
  | ({ readonly type: 'usage' } & LiveTokens)
  | { readonly type: 'goAway'; readonly timeLeftMs: number }
  | { readonly type: 'resumption'; readonly handle?: string; readonly resumable: boolean }
  /** The brain hung up: the last event. The text is the brain's own. */
  | { readonly type: 'closed'; readonly code: number; readonly reason: string }

/** The brain refused or did not answer: `code` is its close code (1006 without one), `reason` its own text. */
export class LiveConnectError extends Error {
  override readonly name = 'LiveConnectError'
  readonly code: number
  readonly reason: string
  constructor(code: number, reason: string) {
    super(`The brain could not be reached (${code}): ${reason}`)
    this.code = code
    this.reason = reason
  }
}
