import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { type ImageFrame, type MicrophoneFrame } from '../../shared/protocol/media-frame.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type LiveModel } from '../live/live-model.ts'
import { type Logger } from '../logger.ts'
import { type Outbox } from '../transport/outbox.ts'
import { AudioAck } from './audio-ack.ts'
import { type BrainState } from './brain-link.ts'
import { BrainSide } from './brain-side.ts'
import { BrowserTools } from './browser-tools.ts'
import { ContextNote } from './context-note.ts'
import { type Conversation } from './conversation.ts'
import { type TalkMessage } from './from-client.ts'
import { KnownIds } from './known-ids.ts'
import { Playback } from './playback.ts'
import { type SessionTimes } from './session-times.ts'
import { updateSettings } from './settings-update.ts'
import { SpeechEnd } from './speech-end.ts'
import { TurnTeller } from './turn-teller.ts'
import { Turns } from './turns.ts'

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
  readonly #brain: BrainSide
  readonly #ack: AudioAck
  readonly #playback = new Playback()
  readonly #context = new ContextNote()
  readonly #typedIds = new KnownIds()
  #setup: SessionSetup
  #lastActiveAtMs = performance.now()

  constructor(parts: TalkParts) {
    const { outbox, conversation, logger, signal } = parts
    const setup = () => this.#setup
    const speechEnd = new SpeechEnd()
    this.#parts = parts
    this.#setup = parts.setup
    this.#turns = new Turns(
      new TurnTeller({ outbox, conversation, playback: this.#playback, speechEnd, setup, logger }),
    )
    this.#tools = new BrowserTools({
      declared: () => this.#brain.askedSetup.browserTools ?? [],
      send: (message) => this.#send(message),
      answer: (result) => this.#brain.sendToolResult(result),
      onSettled: (turn, isAnswered) => {
        this.#turns.toolSettled(turn, isAnswered)
        this.#brain.turnsChanged()
      },
    })
    this.#ack = new AudioAck((seq) => this.#send({ type: 'audio.ack', seq }))
    this.#brain = new BrainSide({
      ...parts,
      setup,
      turns: this.#turns,
      tools: this.#tools,
      speechEnd,
      history: () => conversation.recent(),
      onHanded: (seq) => this.#ack.handed(seq),
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

  /** Calls the brain. */
  begin(): void {
    this.#brain.begin()
  }

  microphone(frame: MicrophoneFrame): void {
    this.#brain.microphone(frame)
  }

  picture(frame: ImageFrame): void {
    this.#brain.picture(frame)
  }

  /** The client reads too slowly: the brain is to say no more until it caught up. */
  setBrainPaused(paused: boolean): void {
    this.#brain.setPaused(paused)
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
    const model = change.model ?? this.#setup.model ?? this.#parts.model
    const { setup, answer } = updateSettings(this.#setup, change, this.#parts.live.capabilities(model), model)
    this.#setup = setup
    this.#send(answer)
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
    this.#send({ type: 'error', code, message, retryable: true, fatal: false })
  }

  #send(message: ServerMessage): void {
    this.#parts.outbox.sendMessage(message)
  }

  #dispose(): void {
    this.#ack.stop()
    this.#tools.dispose()
  }
}
