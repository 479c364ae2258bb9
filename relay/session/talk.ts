import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { type ImageFrame, type MicrophoneFrame } from '../../shared/protocol/media-frame.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type LiveConnection, type LiveModel } from '../live/live-model.ts'
import { scrubSecrets, type Logger } from '../logger.ts'
import { type Outbox } from '../transport/outbox.ts'
import { AudioAck } from './audio-ack.ts'
import { BrainLink, type BrainState } from './brain-link.ts'
import { BrowserTools } from './browser-tools.ts'
import { ContextNote } from './context-note.ts'
import { type Conversation } from './conversation.ts'
import { type TalkMessage } from './from-client.ts'
import { FromModel } from './from-model.ts'
import { KnownIds } from './known-ids.ts'
import { PictureGate } from './picture-gate.ts'
import { Playback } from './playback.ts'
import { type SessionTimes } from './session-times.ts'
import { updateSettings } from './settings-update.ts'
import { SpeechEnd } from './speech-end.ts'
import { TurnTeller } from './turn-teller.ts'
import { Turns } from './turns.ts'
import { Uplink } from './uplink.ts'

export interface TalkParts {
  readonly live: LiveModel
  /** The model and voice a client gets that asks for none. */
  readonly model: string
  readonly voice: string
  readonly setup: SessionSetup
  readonly conversation: Conversation
  readonly outbox: Outbox
  readonly times: Pick<SessionTimes, 'brainRetryDelaysMs' | 'patience'>
  readonly logger: Logger
  readonly onEnd: () => void
  readonly onBrainFailed: (reason: string) => void
  /** A bug of ours. */
  readonly onFault: (error: unknown) => void
  readonly signal: AbortSignal
}

/** A conversation under way: what the client says goes to the brain, what the brain says goes to the client. */
export class Talk {
  readonly #parts: TalkParts
  readonly #turns: Turns
  readonly #tools: BrowserTools
  readonly #fromModel: FromModel
  readonly #uplink: Uplink
  readonly #ack: AudioAck
  readonly #playback = new Playback()
  readonly #speechEnd = new SpeechEnd()
  readonly #pictures = new PictureGate()
  readonly #context = new ContextNote()
  readonly #typedIds = new KnownIds()
  #setup: SessionSetup
  /** The settings the brain was asked with: later ones wait for its next connection. */
  #askedSetup: SessionSetup
  #connection: LiveConnection | undefined
  #isBrainPaused = false
  #isTalkHeld = false
  #lastActiveAtMs = performance.now()

  constructor(parts: TalkParts) {
    const { outbox, conversation, logger } = parts
    const { patience } = parts.times
    const setup = () => this.#setup
    this.#parts = parts
    this.#setup = parts.setup
    this.#askedSetup = parts.setup
    this.#turns = new Turns(
      new TurnTeller({ outbox, conversation, playback: this.#playback, speechEnd: this.#speechEnd, setup, logger }),
    )
    this.#tools = new BrowserTools({
      declared: () => this.#askedSetup.browserTools ?? [],
      send: (message) => this.#send(message),
      answer: (result) => this.#connection?.sendToolResult(result),
      onSettled: (turn, isAnswered) => {
        this.#turns.toolSettled(turn, isAnswered)
        this.#fromModel.keepWaiting()
      },
    })
    this.#fromModel = new FromModel({ turns: this.#turns, tools: this.#tools, outbox, patience, logger })
    this.#ack = new AudioAck((seq) => this.#send({ type: 'audio.ack', seq }))
    this.#uplink = new Uplink({
      onHanded: (seq) => this.#ack.handed(seq),
      onLost: (lostMs) => this.#complain('audio_lost', `${Math.round(lostMs)} ms of the microphone were lost.`),
    })
    parts.signal.addEventListener('abort', () => this.#dispose(), { once: true })
  }

  /** When somebody last said or did something, ms of `performance.now`. */
  get lastActiveAtMs(): number {
    return Math.max(this.#lastActiveAtMs, this.#speechEnd.lastSpeechAtMs ?? 0)
  }

  /** Calls the brain. */
  begin(): void {
    const { live, logger, signal } = this.#parts
    const link = new BrainLink({
      model: live,
      request: () => this.#request(),
      onState: (state) => this.#brainState(state),
      onUp: (connection) => this.#brainUp(connection),
      onDown: () => this.#brainDown(),
      onEvent: (event) => {
        this.#lastActiveAtMs = performance.now()
        this.#fromModel.handle(event)
      },
      retryDelaysMs: this.#parts.times.brainRetryDelaysMs,
      logger,
      signal,
    })
    link.run().catch(this.#parts.onFault)
  }

  microphone({ seq, payload }: MicrophoneFrame): void {
    this.#speechEnd.hear(payload, performance.now())
    // With hold-to-talk sound outside of it is nobody's; Gemini would drop it or hang up.
    if (this.#isManual && !this.#isTalkHeld) this.#ack.handed(seq)
    else this.#uplink.audio(seq, payload)
  }

  picture({ payload }: ImageFrame): void {
    this.#pictures.offer(payload)
  }

  /** The client reads too slowly: the brain is to say no more until it caught up. */
  setBrainPaused(paused: boolean): void {
    this.#isBrainPaused = paused
    this.#connection?.setPaused(paused)
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

  get #isManual(): boolean {
    return this.#askedSetup.turnTaking?.mode === 'manual'
  }

  #typed({ id, text }: ClientMessageOf<'text.send'>): void {
    if (!this.#typedIds.add(id)) return
    this.#turns.typed(id, text, performance.now())
    this.#fromModel.keepWaiting()
    if (!this.#uplink.text(this.#context.putBefore(text))) {
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
    this.#connection?.interrupt()
    this.#fromModel.keepWaiting()
  }

  #signalled(type: 'activity.start' | 'activity.end' | 'audio.end'): void {
    const isActivity = type !== 'audio.end'
    // Gemini hangs up (1007) on signals of the other way of taking turns.
    if (isActivity !== this.#isManual) {
      if (isActivity) this.#complain('not_manual', 'Hold-to-talk needs turnTaking.mode "manual".')
      return
    }
    if (isActivity) {
      const isStart = type === 'activity.start'
      if (this.#isTalkHeld === isStart) return
      this.#isTalkHeld = isStart
      this.#uplink.signal(isStart ? 'start' : 'end')
    } else this.#uplink.signal('pause')
  }

  #updated(change: SessionSetup): void {
    const model = change.model ?? this.#setup.model ?? this.#parts.model
    const { setup, answer } = updateSettings(this.#setup, change, this.#parts.live.capabilities(model), model)
    this.#setup = setup
    this.#send(answer)
  }

  async #request() {
    this.#askedSetup = this.#setup
    const { model, voice, conversation } = this.#parts
    const setup = this.#setup
    return { model: setup.model ?? model, voice: setup.voice ?? voice, setup, history: await conversation.recent() }
  }

  #brainState(state: BrainState): void {
    const reason = state.reason === undefined ? {} : { reason: scrubSecrets(state.reason) }
    this.#send({ type: 'session.state', ...state, ...reason })
    if (state.upstream === 'failed') this.#parts.onBrainFailed(reason.reason ?? '')
  }

  #brainUp(connection: LiveConnection): void {
    this.#connection = connection
    connection.setPaused(this.#isBrainPaused)
    this.#uplink.attach(connection)
    this.#pictures.attach(connection)
  }

  #brainDown(): void {
    this.#connection = undefined
    this.#uplink.detach()
    this.#pictures.detach()
    this.#context.forget()
    // What is said next is still part of what is being held.
    if (this.#isManual && this.#isTalkHeld) this.#uplink.signal('start')
    const hadTurn = this.#turns.open !== undefined
    this.#tools.brainLost()
    this.#turns.brainLost()
    this.#fromModel.keepWaiting()
    if (hadTurn) this.#complain('answer_lost', 'The connection to the brain was lost. Please say that again.')
  }

  #complain(code: string, message: string): void {
    this.#send({ type: 'error', code, message, retryable: true, fatal: false })
  }

  #send(message: ServerMessage): void {
    this.#parts.outbox.sendMessage(message)
  }

  #dispose(): void {
    this.#uplink.detach()
    this.#pictures.detach()
    this.#ack.stop()
    this.#fromModel.stop()
    this.#tools.dispose()
  }
}
