import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { CLOSE } from '../../shared/protocol/close-code.ts'
import { type ImageFrame, type MicrophoneFrame } from '../../shared/protocol/media-frame.ts'
import { type Received } from '../../shared/protocol/server-message.ts'
import { type Identity } from '../auth/identity.ts'
import { type Logger } from '../logger.ts'
import { type Metrics } from '../metrics.ts'
import { createOutbox, type Outbox } from '../transport/outbox.ts'
import { type Peer, type PeerHandler } from '../transport/transport.ts'
import { type Farewell } from './farewell.ts'
import { FromClient, type ClientSink, type HeardBefore, type TalkMessage } from './from-client.ts'
import { type MicrophoneLane } from './microphone-lane.ts'
import { type SessionTimes } from './session-times.ts'

/** The conversation at the other end of a line. */
export interface LineOwner {
  /** Of the conversation. */
  readonly id: string
  onMessage(message: TalkMessage): void
  /** Where its microphone frames go. */
  readonly microphone: Pick<MicrophoneLane, 'take'>
  onPicture(frame: ImageFrame): void
  /** The client spoke for the first time since `session.ready`, so it has its new token. */
  onConfirmed(): void
  /** More (or no longer more) waits for the client than it should. */
  onSlow(isSlow: boolean): void
  /** When speech last left for the client, ms of `performance.now`. */
  readonly spokeAtMs: number
  /** The line is gone; nothing is called afterwards. */
  onGone(line: Line, code: number): void
}

export interface LineParts {
  readonly peer: Peer
  readonly identity: Identity
  /** Its `session.start` came: somebody is to {@link Line.attach} a conversation, or leave. */
  readonly onStart: (line: Line, start: ClientMessageOf<'session.start'>) => void
  /** Called once, when the socket has closed. */
  readonly onClosed: (line: Line) => void
  readonly times: Pick<SessionTimes, 'startMs' | 'silenceMs' | 'talkingSilenceMs'>
  readonly metrics: Metrics
  readonly logger: Logger
}

/** So long after the last sound, either way, a client still pings every 3 s (docs/protocol.md §2.1), ms. */
const TALK_WINDOW_MS = 5_000

/** Of a device's id in the log: enough to tell a user's devices apart. */
const SHORT_ID_LENGTH = 8

/** One admitted socket, from the upgrade to the close. It has at most one conversation, which survives it. */
export class Line implements PeerHandler, ClientSink {
  readonly identity: Identity
  readonly outbox: Outbox
  readonly #parts: LineParts
  readonly #fromClient: FromClient
  readonly #startTimer: NodeJS.Timeout
  #owner: LineOwner | undefined
  /** The owner's. */
  #microphone: LineOwner['microphone'] | undefined
  #isClosed = false
  #isConfirmed = false
  /** What came since the last look, the newest of it. */
  #news: 'nothing' | 'words' | 'sound' = 'nothing'
  #heardAtMs = performance.now()
  /** The newest of what was heard was sound. */
  #wasSound = false

  constructor(parts: LineParts) {
    this.#parts = parts
    this.identity = parts.identity
    this.outbox = createOutbox(parts.peer, {
      onPause: () => this.#owner?.onSlow(true),
      onResume: () => this.#owner?.onSlow(false),
    })
    this.#fromClient = new FromClient(this)
    this.#startTimer = setTimeout(() => {
      this.onOffence(CLOSE.startTimeout, 'start_timeout', 'No session.start came in time.')
    }, parts.times.startMs)
    parts.metrics.socketOpened()
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** What came of the microphone and of pictures so far. */
  get received(): Received {
    return this.#fromClient.received
  }

  /** Connects a conversation: from here on it gets what the client says. To be called after `session.ready` was sent. */
  attach(owner: LineOwner, heardBefore: HeardBefore | undefined): void {
    this.#owner = owner
    this.#microphone = owner.microphone
    this.#fromClient.begin(heardBefore)
  }

  onText(text: string): void {
    this.#heard()
    this.#fromClient.onText(text)
  }

  onBinary(bytes: Uint8Array): void {
    this.#heard()
    this.#fromClient.onBinary(bytes)
  }

  onDrain(): void {
    this.outbox.drained()
  }

  onClose(code: number, reason: string): void {
    this.#isClosed = true
    clearTimeout(this.#startTimer)
    this.outbox.dispose()
    const device = this.identity.deviceId.slice(0, SHORT_ID_LENGTH)
    this.#parts.logger.info({ code, reason, device, session: this.#owner?.id }, 'the socket closed')
    this.#parts.metrics.socketClosed(code)
    this.#owner?.onGone(this, code)
    this.#owner = undefined
    this.#microphone = undefined
    this.#parts.onClosed(this)
  }

  onStart(message: ClientMessageOf<'session.start'>): void {
    clearTimeout(this.#startTimer)
    this.#parts.onStart(this, message)
  }

  onMessage(message: TalkMessage): void {
    this.#owner?.onMessage(message)
  }

  onMicrophone(frame: MicrophoneFrame): void {
    this.#news = 'sound'
    this.#microphone?.take(frame)
  }

  onPicture(frame: ImageFrame): void {
    this.#owner?.onPicture(frame)
  }

  onComplaint(code: string, message: string): void {
    this.#tellError(code, message, false, false)
  }

  onOffence(close: number, code: string, message: string): void {
    this.leave({ close, code, message, isRetryable: false })
  }

  /** To be called every second: closes the line of a client that is silent. @param nowMs of `performance.now` */
  check(nowMs: number): void {
    const { silenceMs, talkingSilenceMs } = this.#parts.times
    if (this.#news !== 'nothing') {
      this.#heardAtMs = nowMs
      this.#wasSound = this.#news === 'sound'
      this.#news = 'nothing'
      return
    }
    // A living client that fell silent after sound, or that is spoken to, pings every 3 s.
    const isTalking = this.#wasSound || nowMs - (this.#owner?.spokeAtMs ?? -Infinity) < TALK_WINDOW_MS
    const allowedMs = isTalking ? talkingSilenceMs : silenceMs
    if (nowMs - this.#heardAtMs > allowedMs) this.close(CLOSE.heartbeatLost, 'The client was silent.')
  }

  /** Says why, and closes. */
  leave({ close, code, message, isRetryable }: Farewell): void {
    this.#tellError(code, message, isRetryable, true)
    this.close(close, message)
  }

  close(code: number, reason: string): void {
    this.#parts.peer.close(code, reason)
  }

  #tellError(code: string, message: string, retryable: boolean, fatal: boolean): void {
    this.outbox.sendMessage({ type: 'error', code, message, retryable, fatal })
    this.#parts.metrics.errorTold(code)
  }

  #heard(): void {
    this.#news = 'words'
    if (this.#isConfirmed || this.#owner === undefined) return
    this.#isConfirmed = true
    this.#owner.onConfirmed()
  }
}
