import { type ImageFrame } from '../../shared/protocol/media-frame.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type BrainEvent } from '../live/live-call.ts'
import { type LiveConnection, type LiveMemory, type LiveTokens, type LiveToolResult } from '../live/live-model.ts'
import { type LiveService } from '../live/live-service.ts'
import { type BrainState, type LiveRequest, type ResumingLive } from '../live/resuming-live.ts'
import { scrubSecrets, type Logger } from '../logger.ts'
import { type Metrics } from '../metrics.ts'
import { type AudioAck } from './audio-ack.ts'
import { type BrowserTools } from './browser-tools.ts'
import { type ToClient } from './downlink.ts'
import { FromModel } from './from-model.ts'
import { MicrophoneLane } from './microphone-lane.ts'
import { PictureGate } from './picture-gate.ts'
import { type SessionTimes } from './session-times.ts'
import { type SoundBlocks } from './sound-blocks.ts'
import { concernsBrain } from './settings-update.ts'
import { type SpeechEnd } from './speech-end.ts'
import { TurnTaking } from './turn-taking.ts'
import { type Turns } from './turns.ts'
import { Uplink } from './uplink.ts'
import { Watchdog } from './watchdog.ts'

export interface BrainSideParts {
  readonly live: LiveService
  /** The voice a client gets that asks for none. */
  readonly voice: string
  /** The settings as they are now. */
  readonly setup: () => SessionSetup
  /** What the conversation remembers, oldest first. */
  readonly history: () => Promise<readonly LiveMemory[]>
  readonly turns: Turns
  readonly tools: BrowserTools
  readonly speechEnd: SpeechEnd
  /** For what was said and is not answered. */
  readonly soundMemory: SoundBlocks
  readonly client: ToClient
  /** Is told which microphone frames need to be kept no more: the brain has them, or nobody wants them. */
  readonly ack: Pick<AudioAck, 'handed'>
  /** Newest microphone frame of an earlier life of the conversation. */
  readonly newestSeq: number | undefined
  /** A picture was handed to the brain. */
  readonly onPicture: () => void
  /** The brain says what a turn took. */
  readonly onTokens: (tokens: LiveTokens) => void
  /** So much of the microphone was lost, ms. */
  readonly onLost: (lostMs: number) => void
  /** How the connection to the brain is; nothing secret in it. */
  readonly onState: (state: BrainState) => void
  /** What `onHandle` was told in an earlier life of the conversation, perhaps on another instance. */
  readonly initialHandle?: string
  /** What the brain needs to go on from here in a later life, a secret; undefined: nothing is left of it. */
  readonly onHandle?: (handle: string | undefined) => void
  /** The brain is gone, and another one will know nothing but the conversation. @param hadTurn a turn was cut by that */
  readonly onDown: (hadTurn: boolean) => void
  /** A bug of ours. */
  readonly onFault: (error: unknown) => void
  readonly times: Pick<SessionTimes, 'brainRetryDelaysMs' | 'brain' | 'patience'>
  readonly metrics: Metrics
  readonly logger: Logger
  /** Hangs up for good: nothing is called afterwards. */
  readonly signal: AbortSignal
}

/** Who was silent for this long, ms, has ended a sentence. */
const PAUSE_MS = 800

/** Speech of which no word came back yet may still be understood for this long, ms. */
const UNDERSTANDING_MS = 5_000

/** A model that thinks before it speaks may be silent so many times longer. */
const SLOW = 3

/** A cough is shorter, ms. */
const DEAF_SPEECH_MS = 1_500

/** What two brains after the first could not answer, a third will not. */
const MAX_REPEATS = 2

/** All speech may not be meant for the model; but so many turns in a row without a word, and it has lost its voice. */
const MAX_SILENT_TURNS = 3

function isManual({ turnTaking }: SessionSetup): boolean {
  return turnTaking?.mode === 'manual'
}

/** What is about the connection, not the conversation. */
const SAYS_NOTHING: ReadonlySet<BrainEvent['type']> = new Set<BrainEvent['type']>(['resumption', 'goAway', 'usage'])

/** Everything between a conversation and its brain: the connection, what goes up, and what comes down. */
export class BrainSide {
  /** Takes what the microphone says. */
  readonly microphone: MicrophoneLane
  readonly #parts: BrainSideParts
  readonly #speechEnd: SpeechEnd
  readonly #fromModel: FromModel
  readonly #uplink: Uplink
  readonly #turnTaking: TurnTaking
  readonly #watchdog: Watchdog
  readonly #pictures: PictureGate
  /** The settings the brain was asked with: later ones wait for its next connection. */
  #askedSetup: SessionSetup
  #line: ResumingLive | undefined
  #ended: Promise<void> = Promise.resolve()
  #connection: LiveConnection | undefined
  #slowness = 1
  #isPaused = false
  /** How often something unanswered was given to another brain, since the last answer. */
  #repeats = 0
  /** The brain was replaced because it did not react to speech, and has said nothing since. */
  #wasDeaf = false
  /** Turns in a row in which the user said something and the brain nothing. */
  #silentTurns = 0
  /** The brain was replaced because of those, and has not answered since. */
  #wasMute = false

  constructor(parts: BrainSideParts) {
    const { turns, tools, client, logger, ack, speechEnd, onLost } = parts
    this.#parts = parts
    this.#speechEnd = speechEnd
    this.#askedSetup = parts.setup()
    this.#pictures = new PictureGate(parts.onPicture)
    this.#uplink = new Uplink(
      { ack, onLost, onUnanswered: (speechMs) => this.#checkHearing(speechMs) },
      parts.soundMemory,
    )
    this.#turnTaking = new TurnTaking({
      uplink: this.#uplink,
      isManual: isManual(this.#askedSetup),
      isFree: () => turns.open === undefined && turns.waitsFor === undefined,
      onSwitch: () => this.#turnOver(),
      onUnwanted: (seq) => ack.handed(seq),
    })
    this.microphone = new MicrophoneLane(speechEnd, this.#turnTaking, parts.newestSeq)
    const onUnderstood = (words: string) => this.#uplink.understood(words)
    this.#fromModel = new FromModel({ turns, tools, client, onAnswer: () => this.#answered(), onUnderstood, logger })
    this.#watchdog = new Watchdog({
      turns,
      patience: parts.times.patience,
      slowness: () => this.#slowness,
      lastSpeechAtMs: () => (this.#turnTaking.isHeld ? Infinity : this.#lastSpeechAtMs),
      onSilence: () => this.#silent(),
      logger,
    })
    parts.signal.addEventListener('abort', () => this.#dispose(), { once: true })
  }

  /** The settings that count for the brain now. */
  get askedSetup(): SessionSetup {
    return this.#askedSetup
  }

  /** When the user was last heard or the brain last said something, ms of `performance.now`. */
  get lastActiveAtMs(): number {
    return Math.max(this.#watchdog.lastNewsAtMs, this.#lastSpeechAtMs)
  }

  /** Calls the brain, and from then on keeps the conversation connected to it. */
  begin(): void {
    const { live, onFault, onHandle, times, metrics, logger, signal, initialHandle } = this.#parts
    const line = live.line({
      request: () => this.#request(),
      ...(initialHandle === undefined ? {} : { initialHandle }),
      onHandle: (handle) => onHandle?.(handle),
      onState: (state) => this.#tellState(state),
      onUp: (connection, model) => this.#up(connection, model),
      onDown: (mayRepeat) => this.#down(mayRepeat),
      onEvent: (event) => this.#take(event),
      isIdle: () => this.#isIdle(),
      isOutdated: () => concernsBrain(this.#askedSetup, this.#parts.setup()),
      times: { ...times.brain, retryDelaysMs: times.brainRetryDelaysMs },
      ...{ metrics, logger, signal },
    })
    this.#line = line
    this.#ended = line.run().catch(onFault)
  }

  /** Resolves once the brain's socket is gone after the signal aborted: only then may another instance call the brain. */
  ended(): Promise<void> {
    return this.#ended
  }

  /** On their way to the brain, bytes. */
  get queuedBytes(): number {
    return this.#connection?.bufferedBytes() ?? 0
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
    return this.#turnTaking.signal(type)
  }

  /** The settings changed: what of them is the brain's counts from the next pause on. */
  settingsChanged(): void {
    this.#turnTaking.wants(isManual(this.#parts.setup()))
    this.#line?.settingsChanged()
  }

  /** The client is gone, and with it whoever held a button. */
  clientLeft(): void {
    this.#turnTaking.clientLeft()
  }

  /** Stops the answer that is being generated, where the model has a way. */
  interrupt(): void {
    this.#connection?.interrupt()
  }

  sendToolResult(result: LiveToolResult): void {
    this.#connection?.sendToolResult(result)
  }

  /** The client reads too slowly, or is away: the brain is to say no more until it caught up. */
  setPaused(paused: boolean): void {
    this.#isPaused = paused
    this.#connection?.setPaused(paused)
    this.#watchdog.setPaused(paused || this.#connection === undefined)
  }

  /** To be called whenever turns may have changed without the brain: what it owes may be another thing now. */
  turnsChanged(): void {
    this.#watchdog.look()
  }

  /** Nobody speaks, nothing is owed: the brain may be replaced, and nobody notices. */
  #isIdle(): boolean {
    const { turns } = this.#parts
    if (turns.open !== undefined || turns.waitsFor !== undefined) return false
    if (this.#turnTaking.isHeld || this.#uplink.isBusy) return false
    const quietMs = performance.now() - this.#lastSpeechAtMs
    return quietMs > (this.#uplink.hasUnanswered ? UNDERSTANDING_MS : PAUSE_MS)
  }

  async #request(): Promise<LiveRequest> {
    const setup = this.#parts.setup()
    this.#askedSetup = setup
    this.#turnTaking.connecting()
    const request = { voice: setup.voice ?? this.#parts.voice, setup, history: await this.#parts.history() }
    return setup.model === undefined ? request : { ...request, model: setup.model }
  }

  #tellState(state: BrainState): void {
    const reason = state.reason === undefined ? {} : { reason: scrubSecrets(state.reason) }
    this.#parts.onState({ ...state, ...reason })
  }

  get #lastSpeechAtMs(): number {
    return this.#speechEnd.lastSpeechAtMs ?? -Infinity
  }

  #up(connection: LiveConnection, model: string): void {
    this.#connection = connection
    this.#slowness = this.#parts.live.capabilities(model).isSlow ? SLOW : 1
    connection.setPaused(this.#isPaused)
    this.#uplink.attach(connection)
    this.#pictures.attach(connection)
    this.#watchdog.setPaused(this.#isPaused)
  }

  #take(event: BrainEvent): void {
    if (!SAYS_NOTHING.has(event.type)) {
      this.#watchdog.heard()
      this.#wasDeaf = false
    }
    if (event.type === 'usage') this.#parts.onTokens(event)
    const isUnanswered = event.type === 'turnComplete' && this.#parts.turns.waitsFor === 'answer'
    this.#fromModel.handle(event)
    this.#watchdog.look()
    if (isUnanswered) this.#keptSilent()
  }

  #answered(): void {
    this.#repeats = 0
    this.#silentTurns = 0
    this.#wasMute = false
    this.#uplink.answered()
  }

  /** Something was said and understood, and nothing comes back. */
  #silent(): void {
    this.#line?.replace('The brain did not answer.', this.#repeats > 0)
  }

  /** The brain ended a turn in which the user said something, and said nothing itself. */
  #keptSilent(): void {
    this.#silentTurns++
    if (this.#silentTurns < MAX_SILENT_TURNS) return
    this.#silentTurns = 0
    this.#line?.replace('The brain ended turn after turn without an answer.', this.#wasMute)
    this.#wasMute = true
  }

  /** Somebody spoke at length, and not even a word of it came back: the brain may be deaf, or it was no speech. */
  #checkHearing(speechMs: number): void {
    const { answerMs } = this.#parts.times.patience
    const hasReacted = performance.now() - this.#watchdog.lastNewsAtMs < answerMs + speechMs
    if (this.#wasDeaf || hasReacted || speechMs < DEAF_SPEECH_MS) return
    this.#wasDeaf = true
    this.#line?.replace('The brain did not react to what was said.', false)
  }

  #down(mayRepeat: boolean): void {
    const { turns, tools, onDown } = this.#parts
    this.#connection = undefined
    this.#watchdog.setPaused(true)
    this.#pictures.detach()
    const repeated = this.#uplink.lost(mayRepeat && this.#repeats < MAX_REPEATS)
    if (repeated !== undefined) this.#repeats++
    tools.brainLost()
    onDown(turns.brainLost(repeated))
  }

  /** The user goes on in the other way of taking turns: the answer that is spoken is not waited for. */
  #turnOver(): void {
    const { turns, tools } = this.#parts
    const { open } = turns
    if (open?.phase === 'answering') {
      turns.stopped(open.id)
      tools.stopped(open)
    }
    this.#line?.move()
  }

  #dispose(): void {
    this.#turnTaking.dispose()
    this.#uplink.dispose()
    this.#pictures.detach()
    this.#watchdog.setPaused(true)
  }
}
