import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { type ImageFrame } from '../../shared/protocol/media-frame.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type BrainState } from '../live/resuming-live.ts'
import { AudioAck } from './audio-ack.ts'
import { BrainSide } from './brain-side.ts'
import { BrowserTools } from './browser-tools.ts'
import { ContextNote } from './context-note.ts'
import { type TalkMessage } from './from-client.ts'
import { KnownIds } from './known-ids.ts'
import { type MicrophoneLane } from './microphone-lane.ts'
import { Playback } from './playback.ts'
import { changedSettings, updateSettings } from './settings-update.ts'
import { SpeechEnd } from './speech-end.ts'
import { type TalkParts } from './talk-parts.ts'
import { TurnTeller } from './turn-teller.ts'
import { Turns } from './turns.ts'

/** Who was heard so short a time ago, ms, may still be speaking. */
const SPEAKING_MS = 1_000

/** A conversation under way: what the client says goes to the brain, what the brain says goes to the client. */
export class Talk {
  readonly #parts: TalkParts
  readonly #turns: Turns
  readonly #tools: BrowserTools
  readonly #brain: BrainSide
  readonly #teller: TurnTeller
  readonly #ack: AudioAck
  readonly #speechEnd = new SpeechEnd()
  readonly #playback = new Playback()
  readonly #context = new ContextNote()
  readonly #typedIds: KnownIds
  #setup: SessionSetup
  #brainHandle: string | undefined
  #isClientAway = true
  #isClientSlow = false
  #lastActiveAtMs = performance.now()

  constructor(parts: TalkParts) {
    const { conversation, before, metrics, signal } = parts
    const setup = () => this.#setup
    const speechEnd = this.#speechEnd
    this.#parts = parts
    this.#setup = parts.setup
    this.#brainHandle = before.brainHandle
    this.#typedIds = new KnownIds(conversation.recent.flatMap(({ id }) => (id === undefined ? [] : [id])))
    this.#teller = new TurnTeller({ ...parts, playback: this.#playback, speechEnd, setup })
    this.#turns = new Turns(this.#teller, before.turn)
    this.#tools = new BrowserTools({
      declared: () => this.#brain.askedSetup.browserTools ?? [],
      send: (message) => this.#send(message),
      answer: (result) => this.#brain.sendToolResult(result),
      metrics,
      onSettled: (turn, isAnswered) => {
        this.#turns.toolSettled(turn, isAnswered)
        this.#brain.turnsChanged()
      },
    })
    const ack = new AudioAck(before.audioSeq, (seq) => this.#send({ type: 'audio.ack', seq }))
    this.#ack = ack
    this.#brain = new BrainSide({
      ...parts,
      setup,
      turns: this.#turns,
      tools: this.#tools,
      speechEnd,
      newestSeq: before.audioSeq,
      history: () => Promise.resolve(conversation.recent),
      ...(before.brainHandle === undefined ? {} : { initialHandle: before.brainHandle }),
      onHandle: (handle) => (this.#brainHandle = handle),
      ack,
      onLost: (lostMs) => this.#complain('audio_lost', `${Math.round(lostMs)} ms of the microphone were lost.`),
      onState: (state) => this.#brainState(state),
      onDown: (hadTurn) => this.#brainDown(hadTurn),
    })
    signal.addEventListener('abort', () => this.#dispose(), { once: true })
  }

  /** When somebody last said or did something, ms of `performance.now`. */
  get lastActiveAtMs(): number {
    return Math.max(this.#lastActiveAtMs, this.#brain.lastActiveAtMs)
  }

  /** Newest turn, 0 before the first. */
  get newestTurn(): number {
    return this.#turns.newest
  }

  /** The turn that is under way. */
  get openTurn(): number | undefined {
    return this.#turns.open?.id
  }

  /** Newest microphone frame that need not be sent again: the brain has it, or nobody wants it. */
  get handedSeq(): number | undefined {
    return this.#ack.newestSeq
  }

  /** What the brain needs to go on from here in another life of the conversation, a secret. */
  get brainHandle(): string | undefined {
    return this.#brainHandle
  }

  /** On their way to the brain, bytes. */
  get uplinkBytes(): number {
    return this.#brain.queuedBytes
  }

  /** Resolves once the brain's socket is gone after the signal aborted. */
  brainEnded(): Promise<void> {
    return this.#brain.ended()
  }

  /** The settings as they are now. */
  get setup(): SessionSetup {
    return this.#setup
  }

  /** The client counts its microphone frames anew. */
  forgetMicrophone(): void {
    this.microphone.forget()
    this.#ack.forget()
  }

  /** Whether nobody is in the middle of something: no turn is under way and the user is not speaking. */
  get isQuiet(): boolean {
    const { lastSpeechAtMs } = this.#speechEnd
    const isSpeaking = lastSpeechAtMs !== undefined && performance.now() - lastSpeechAtMs < SPEAKING_MS
    return this.#turns.open === undefined && !isSpeaking
  }

  /** Calls the brain. */
  begin(): void {
    const { openTurn } = this.#parts.before
    if (openTurn !== undefined) {
      this.#send({ type: 'turn.interrupted', turn: openTurn })
      this.#send({ type: 'turn.complete', turn: openTurn, timings: {} })
      this.#complain('answer_lost', 'The relay was restarted in the middle of an answer. Please say that again.')
    }
    this.#brain.begin()
  }

  /** There is a client (again). What ran for it is asked for again, and the brain may go on. @param setup as it is now */
  clientCame(setup: SessionSetup): void {
    this.#isClientAway = false
    this.#playback.clientIsAway(false)
    this.#isClientSlow = false
    this.#lastActiveAtMs = performance.now()
    this.#tools.askAgain()
    const change = changedSettings(this.#setup, setup)
    if (Object.keys(change).length > 0) this.#updated(change)
    this.#brain.setPaused(false)
  }

  /**
   * The client is gone. What it was being told is stored as far as it was heard (docs/protocol.md §2.5); an answer that
   * has not begun waits in the brain.
   */
  clientLeft(): void {
    this.#isClientAway = true
    this.#playback.clientIsAway(true)
    this.#brain.setPaused(true)
    this.#brain.clientLeft()
    this.#ack.stop()
    const { open } = this.#turns
    if (open === undefined || open.pendingTools > 0 || open.fragments.length + open.audioMs === 0) return
    this.#turns.stopped(open.id)
    this.#brain.interrupt()
  }

  /** Nothing more comes: what is under way is stored as far as it was heard. @returns as soon as everything is stored or given up */
  async finish(): Promise<void> {
    this.#playback.clientIsAway(true)
    const { open } = this.#turns
    if (open !== undefined) this.#turns.stopped(open.id)
    await this.#teller.settled()
  }

  /** Takes what the microphone says. */
  get microphone(): MicrophoneLane {
    return this.#brain.microphone
  }

  picture(frame: ImageFrame): void {
    this.#brain.picture(frame)
  }

  /** The client reads too slowly (or no longer): the brain is to say no more until it caught up. */
  clientIsSlow(isSlow: boolean): void {
    this.#isClientSlow = isSlow
    this.#brain.setPaused(this.#isClientAway || this.#isClientSlow)
  }

  handle(message: TalkMessage): void {
    if (message.type !== 'ping') this.#lastActiveAtMs = performance.now()
    switch (message.type) {
      case 'ping':
        this.#send({ type: 'pong', t: message.t, at: Date.now() })
        return
      case 'playback.position':
        this.#playback.report(message.turn, message.playedMs)
        return
      case 'text.send':
        this.#typed(message)
        return
      case 'turn.interrupt':
        this.#stopped(message)
        return
      case 'activity.start':
      case 'activity.end':
      case 'audio.end':
        this.#signalled(message.type)
        return
      case 'context.update':
        this.#context.update(message)
        return
      case 'session.update':
        this.#updated(message.setup)
        return
      case 'session.end':
        this.#parts.onEnd()
        return
      default:
        this.#toolMessage(message)
    }
  }

  #toolMessage(message: Extract<TalkMessage, { type: `tool.${string}` }>): void {
    switch (message.type) {
      case 'tool.result':
        this.#tools.result(message)
        return
      case 'tool.cancel':
        this.#tools.cancelledByUser(message.callId)
        return
      // Nothing that needs a decision runs in this version, so nothing waits for one.
      case 'tool.decision':
    }
  }

  #typed({ id, text }: ClientMessageOf<'text.send'>): void {
    if (!this.#typedIds.add(id)) return
    this.#turns.typed(id, text, performance.now())
    this.#brain.turnsChanged()
    if (!this.#brain.text(this.#context.putBefore(text))) {
      this.#complain('busy', 'Too many messages wait for the brain. Please write again in a moment.')
    }
  }

  #stopped({ turn: turnId, playedMs }: ClientMessageOf<'turn.interrupt'>): void {
    const { open, newest } = this.#turns
    this.#playback.stopped(turnId, playedMs)
    if (open?.id !== turnId) {
      // All of it was sent, so its text stays; the client only wants to know that silence is agreed on.
      if (turnId > 0 && turnId <= newest) this.#send({ type: 'turn.interrupted', turn: turnId })
      return
    }
    this.#turns.stopped(turnId)
    this.#tools.stopped(open)
    this.#brain.interrupt()
    this.#brain.turnsChanged()
  }

  #signalled(type: 'activity.start' | 'activity.end' | 'audio.end'): void {
    if (this.#brain.signal(type) || type === 'audio.end') return
    this.#complain('not_manual', 'Hold-to-talk needs turnTaking.mode "manual".')
  }

  #updated(change: SessionSetup): void {
    const { live, model, modelLabel } = this.#parts
    const wished = change.model ?? this.#setup.model
    const capabilities = live.capabilities(wished ?? model)
    const { setup, answer } = updateSettings(this.#setup, change, capabilities, wished ?? modelLabel)
    this.#setup = setup
    this.#send(answer)
    this.#brain.settingsChanged()
  }

  #brainState(state: BrainState): void {
    this.#send({ type: 'session.state', ...state })
    if (state.upstream === 'failed') this.#parts.onBrainFailed(state.reason ?? '')
  }

  #brainDown(hadTurn: boolean): void {
    this.#context.forget()
    if (hadTurn) this.#complain('answer_lost', 'The connection to the brain was lost. Please say that again.')
  }

  #complain(code: string, message: string): void {
    this.#parts.metrics.errorTold(code)
    this.#send({ type: 'error', code, message, retryable: true, fatal: false })
  }

  #send(message: ServerMessage): void {
    this.#parts.client.sendMessage(message)
  }

  #dispose(): void {
    this.#ack.stop()
    this.#tools.dispose()
  }
}
