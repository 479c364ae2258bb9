import { type ImageFrame, type MicrophoneFrame } from '../../shared/protocol/media-frame.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type LiveConnection, type LiveMemory, type LiveModel, type LiveToolResult } from '../live/live-model.ts'
import { scrubSecrets, type Logger } from '../logger.ts'
import { type Outbox } from '../transport/outbox.ts'
import { BrainLink, type BrainState } from './brain-link.ts'
import { type BrowserTools } from './browser-tools.ts'
import { FromModel } from './from-model.ts'
import { PictureGate } from './picture-gate.ts'
import { type SessionTimes } from './session-times.ts'
import { type SpeechEnd } from './speech-end.ts'
import { type Turns } from './turns.ts'
import { Uplink } from './uplink.ts'

export interface BrainSideParts {
  readonly live: LiveModel
  /** The model and voice a client gets that asks for none. */
  readonly model: string
  readonly voice: string
  /** The settings as they are now. */
  readonly setup: () => SessionSetup
  /** What the conversation remembers, oldest first. */
  readonly history: () => Promise<readonly LiveMemory[]>
  readonly turns: Turns
  readonly tools: BrowserTools
  readonly speechEnd: SpeechEnd
  readonly outbox: Outbox
  /** This microphone frame needs to be kept no more: the brain has it, or nobody wants it. */
  readonly onHanded: (seq: number) => void
  /** So much of the microphone was lost, ms. */
  readonly onLost: (lostMs: number) => void
  /** How the connection to the brain is; nothing secret in it. */
  readonly onState: (state: BrainState) => void
  /** The brain is gone, and another one will know nothing but the conversation. @param hadTurn a turn was cut by that */
  readonly onDown: (hadTurn: boolean) => void
  /** A bug of ours. */
  readonly onFault: (error: unknown) => void
  readonly times: Pick<SessionTimes, 'brainRetryDelaysMs' | 'patience'>
  readonly logger: Logger
  /** Hangs up for good: nothing is called afterwards. */
  readonly signal: AbortSignal
}

/** Everything between a conversation and its brain: the connection, what goes up, and what comes down. */
export class BrainSide {
  readonly #parts: BrainSideParts
  readonly #fromModel: FromModel
  readonly #uplink: Uplink
  readonly #pictures = new PictureGate()
  /** The settings the brain was asked with: later ones wait for its next connection. */
  #askedSetup: SessionSetup
  #connection: LiveConnection | undefined
  #isPaused = false
  #isTalkHeld = false
  #lastEventAtMs = -Infinity

  constructor(parts: BrainSideParts) {
    const { turns, tools, outbox, logger, onHanded, onLost } = parts
    this.#parts = parts
    this.#askedSetup = parts.setup()
    this.#fromModel = new FromModel({ turns, tools, outbox, patience: parts.times.patience, logger })
    this.#uplink = new Uplink({ onHanded, onLost })
    parts.signal.addEventListener('abort', () => this.#dispose(), { once: true })
  }

  /** The settings that count for the brain now. */
  get askedSetup(): SessionSetup {
    return this.#askedSetup
  }

  /** When the user was last heard or the brain last said something, ms of `performance.now`. */
  get lastActiveAtMs(): number {
    return Math.max(this.#lastEventAtMs, this.#parts.speechEnd.lastSpeechAtMs ?? -Infinity)
  }

  /** Calls the brain. */
  begin(): void {
    const { live, onFault, times, logger, signal } = this.#parts
    const link = new BrainLink({
      model: live,
      request: () => this.#request(),
      onState: (state) => this.#tellState(state),
      onUp: (connection) => this.#up(connection),
      onDown: () => this.#down(),
      onEvent: (event) => {
        this.#lastEventAtMs = performance.now()
        this.#fromModel.handle(event)
      },
      retryDelaysMs: times.brainRetryDelaysMs,
      logger,
      signal,
    })
    link.run().catch(onFault)
  }

  microphone({ seq, payload }: MicrophoneFrame): void {
    this.#parts.speechEnd.hear(payload, performance.now())
    // With hold-to-talk sound outside of it is nobody's; Gemini would drop it or hang up.
    if (this.#isManual && !this.#isTalkHeld) this.#parts.onHanded(seq)
    else this.#uplink.audio(seq, payload)
  }

  picture({ payload }: ImageFrame): void {
    this.#pictures.offer(payload)
  }

  /** A typed turn. @returns whether it was taken; not when too many wait for a brain that is away */
  text(text: string): boolean {
    return this.#uplink.text(text)
  }

  /** Hold-to-talk or a pause of the microphone. @returns false when it belongs to the other way of taking turns */
  signal(type: 'activity.start' | 'activity.end' | 'audio.end'): boolean {
    const isActivity = type !== 'audio.end'
    // Gemini hangs up (1007) on signals of the other way of taking turns.
    if (isActivity !== this.#isManual) return false
    if (isActivity) {
      const isStart = type === 'activity.start'
      if (this.#isTalkHeld === isStart) return true
      this.#isTalkHeld = isStart
      this.#uplink.signal(isStart ? 'start' : 'end')
    } else this.#uplink.signal('pause')
    return true
  }

  /** Stops the answer that is being generated, where the model has a way. */
  interrupt(): void {
    this.#connection?.interrupt()
  }

  sendToolResult(result: LiveToolResult): void {
    this.#connection?.sendToolResult(result)
  }

  /** The client reads too slowly: the brain is to say no more until it caught up. */
  setPaused(paused: boolean): void {
    this.#isPaused = paused
    this.#connection?.setPaused(paused)
  }

  /** To be called whenever turns may have changed without the brain: what it owes may be another thing now. */
  turnsChanged(): void {
    this.#fromModel.keepWaiting()
  }

  get #isManual(): boolean {
    return this.#askedSetup.turnTaking?.mode === 'manual'
  }

  async #request() {
    const { model, voice, history } = this.#parts
    const setup = this.#parts.setup()
    this.#askedSetup = setup
    return { model: setup.model ?? model, voice: setup.voice ?? voice, setup, history: await history() }
  }

  #tellState(state: BrainState): void {
    const reason = state.reason === undefined ? {} : { reason: scrubSecrets(state.reason) }
    this.#parts.onState({ ...state, ...reason })
  }

  #up(connection: LiveConnection): void {
    this.#connection = connection
    connection.setPaused(this.#isPaused)
    this.#uplink.attach(connection)
    this.#pictures.attach(connection)
  }

  #down(): void {
    const { turns, tools } = this.#parts
    this.#connection = undefined
    this.#uplink.detach()
    this.#pictures.detach()
    // What is said next is still part of what is being held.
    if (this.#isManual && this.#isTalkHeld) this.#uplink.signal('start')
    const hadTurn = turns.open !== undefined
    tools.brainLost()
    turns.brainLost()
    this.#fromModel.keepWaiting()
    this.#parts.onDown(hadTurn)
  }

  #dispose(): void {
    this.#uplink.detach()
    this.#pictures.detach()
    this.#fromModel.stop()
  }
}
