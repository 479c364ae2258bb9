import { randomBytes } from 'node:crypto'
import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { CLOSE } from '../../shared/protocol/close-code.ts'
import { type ImageFrame, type MicrophoneFrame } from '../../shared/protocol/media-frame.ts'
import { type User } from '../auth/identity.ts'
import { type LiveModel } from '../live/live-model.ts'
import { type Logger } from '../logger.ts'
import { createOutbox, type Outbox } from '../transport/outbox.ts'
import { type Peer, type PeerHandler } from '../transport/transport.ts'
import { Conversation, type OpenJournal } from './conversation.ts'
import { FromClient, type ClientSink, type TalkMessage } from './from-client.ts'
import { type SessionTimes } from './session-times.ts'
import { Talk } from './talk.ts'

export interface SessionDeps {
  readonly live: LiveModel
  readonly brain: 'gemini' | 'local'
  /** The model and voice a client gets that asks for none. */
  readonly model: string
  readonly modelLabel: string
  readonly voice: string
  readonly openJournal: OpenJournal
  /** Messages a conversation remembers. */
  readonly memory: number
  /** Said to clients, bytes and counts. */
  readonly limits: Readonly<Record<string, number>>
  readonly times: SessionTimes
  readonly logger: Logger
}

/** How often it is looked whether the client is still there, ms. */
const CHECK_INTERVAL_MS = 1_000

/** One socket and its conversation, from the upgrade to the close. */
export class Session implements PeerHandler, ClientSink {
  readonly #peer: Peer
  readonly #user: User
  readonly #deps: SessionDeps
  readonly #logger: Logger
  readonly #outbox: Outbox
  readonly #fromClient: FromClient
  readonly #onClosed: () => void
  /** Its signal ends the brain's connection, timers and calls. */
  readonly #lifetime = new AbortController()
  readonly #startTimer: NodeJS.Timeout
  readonly #checkTimer: NodeJS.Timeout
  #talk: Talk | undefined
  #heardAtMs = performance.now()

  /** @param onClosed called once, when the socket has closed */
  constructor(peer: Peer, user: User, deps: SessionDeps, onClosed: () => void) {
    this.#peer = peer
    this.#user = user
    this.#deps = deps
    this.#logger = deps.logger
    this.#onClosed = onClosed
    this.#outbox = createOutbox(peer, {
      onPause: () => this.#talk?.setBrainPaused(true),
      onResume: () => this.#talk?.setBrainPaused(false),
    })
    this.#fromClient = new FromClient(this)
    this.#startTimer = setTimeout(() => {
      this.onOffence(CLOSE.startTimeout, 'start_timeout', 'No session.start came in time.')
    }, deps.times.startMs)
    this.#checkTimer = setInterval(() => this.#check(), CHECK_INTERVAL_MS)
  }

  onText(text: string): void {
    this.#heardAtMs = performance.now()
    this.#fromClient.onText(text)
  }

  onBinary(bytes: Uint8Array): void {
    this.#heardAtMs = performance.now()
    this.#fromClient.onBinary(bytes)
  }

  onDrain(): void {
    this.#outbox.drained()
  }

  onClose(code: number, reason: string): void {
    clearTimeout(this.#startTimer)
    clearInterval(this.#checkTimer)
    this.#lifetime.abort()
    this.#outbox.dispose()
    this.#logger.info({ code, reason }, 'the socket closed')
    this.#onClosed()
  }

  onStart({ client, setup }: ClientMessageOf<'session.start'>): void {
    clearTimeout(this.#startTimer)
    const { live, model, voice, openJournal, memory, times } = this.#deps
    const conversation = new Conversation(openJournal, memory)
    const logger = this.#logger.child({ session: conversation.id })
    logger.info({ client: client.name, version: client.version }, 'a conversation begins')
    this.#talk = new Talk({
      live,
      model,
      voice,
      setup,
      conversation,
      outbox: this.#outbox,
      times,
      logger,
      onEnd: () => this.#peer.close(CLOSE.bye, 'The conversation was ended.'),
      onBrainFailed: (reason) => this.#brainFailed(reason),
      onFault: (error) => this.#fault(error),
      signal: this.#lifetime.signal,
    })
    this.#greet(conversation, setup)
    this.#talk.begin()
  }

  onMessage(message: TalkMessage): void {
    this.#talk?.handle(message)
  }

  onMicrophone(frame: MicrophoneFrame): void {
    this.#talk?.microphone(frame)
  }

  onPicture(frame: ImageFrame): void {
    this.#talk?.picture(frame)
  }

  onComplaint(code: string, message: string): void {
    this.#outbox.sendMessage({ type: 'error', code, message, retryable: false, fatal: false })
  }

  onOffence(close: number, code: string, message: string): void {
    this.#leave(close, code, message, false)
  }

  /** A client that asks for an earlier session gets a new one and is told so: `resumed` is false, the id another. */
  #greet(conversation: Conversation, setup: ClientMessageOf<'session.start'>['setup']): void {
    const { brain, live, model, modelLabel, voice, limits, times } = this.#deps
    const { unsupported } = live.capabilities(setup.model ?? model)
    this.#outbox.sendMessage({
      type: 'session.ready',
      sessionId: conversation.id,
      resumeToken: randomBytes(32).toString('base64url'),
      resumed: false,
      seq: conversation.seq,
      user: this.#user,
      brain,
      model: setup.model ?? modelLabel,
      voice: setup.voice ?? voice,
      expiresAt: new Date(Date.now() + times.idleMs).toISOString(),
      capabilities: { unsupported },
      limits: { ...limits },
    })
  }

  #check(): void {
    const nowMs = performance.now()
    const { idleMs, silenceMs } = this.#deps.times
    if (nowMs - this.#heardAtMs > silenceMs) {
      this.#peer.close(CLOSE.heartbeatLost, 'The client was silent.')
    } else if (this.#talk !== undefined && nowMs - this.#talk.lastActiveAtMs > idleMs) {
      this.#leave(
        CLOSE.bye,
        'session_expired',
        'Nobody said anything for a long time, so the conversation ended.',
        true,
      )
    }
  }

  #brainFailed(reason: string): void {
    const sentence = reason === '' ? 'The brain does not answer.' : `The brain does not answer: ${reason}`
    this.#leave(CLOSE.brainUnavailable, 'brain_unavailable', sentence, true)
  }

  #fault(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#logger.error({ error: text }, 'a conversation failed')
    this.#leave(CLOSE.internal, 'internal', 'The relay failed. Please try again; its log has the cause.', true)
  }

  #leave(close: number, code: string, message: string, retryable: boolean): void {
    this.#outbox.sendMessage({ type: 'error', code, message, retryable, fatal: true })
    this.#peer.close(close, message)
  }
}
