import { type ClientMessage } from '../../shared/protocol/client-message.ts'
import { type SpeechFrame } from '../../shared/protocol/media-frame.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type Played } from '../speaker/playback-messages.ts'
import { PositionReport } from './position-report.ts'
import { SpeechOutlet, type SpeechOutletOptions } from './speech-outlet.ts'
import { TurnCount } from './turn-count.ts'
import { type VoiceEvent } from './voice-state.ts'

export interface AnswersOptions extends Pick<SpeechOutletOptions, 'post' | 'openSpeaker'> {
  /** To the relay. */
  readonly send: (message: ClientMessage) => void
  /** What of it a person sees. */
  readonly tell: (event: Extract<VoiceEvent, { type: 'speech' | 'spoken' }>) => void
}

/** The answers of a conversation on their way to the ear: counted, played or silenced, and how far they were heard told. */
export class Answers {
  readonly #options: AnswersOptions
  readonly outlet: SpeechOutlet
  readonly #positions = new PositionReport()
  #turns = new TurnCount()

  constructor(options: AnswersOptions) {
    this.#options = options
    this.outlet = new SpeechOutlet({
      post: options.post,
      openSpeaker: options.openSpeaker,
      onPlayed: (played, cut) => this.#played(played, cut),
    })
  }

  /** More may still come of the newest turn. */
  get isOpen(): boolean {
    return this.#turns.isOpen
  }

  /** Turns count from the start again. */
  newSession(): void {
    this.#turns = new TurnCount()
    this.outlet.forget()
  }

  began(turn: number): void {
    this.#turns.began(turn)
  }

  /** What the relay says of turns; everything else is let pass. */
  receive(message: ServerMessage): void {
    if (message.type === 'turn.interrupted') this.outlet.interrupt(message.turn)
    if (message.type !== 'turn.complete') return
    this.#turns.completed(message.turn)
    this.outlet.end(message.turn)
  }

  hear(frame: SpeechFrame): void {
    const turn = this.#turns.inFull(frame.turn)
    if (this.outlet.isSilenced(turn)) return
    this.#turns.began(turn)
    this.#options.tell({ type: 'speech', turn })
    this.outlet.speech(turn, frame.timeMs, new Uint8Array(frame.payload).buffer)
  }

  /** The relay is away: what came before is all there is of that answer. */
  dropped(): void {
    this.outlet.end(this.#turns.newest)
  }

  /** Falls silent with everything said so far; the next answer is spoken again. */
  silence(): void {
    this.#turns.silence()
    this.outlet.interrupt(this.#turns.newest)
  }

  /** Without a panel nobody hears it, unless the person wants that: then this document goes on. */
  panelClosed(): void {
    if (!this.outlet.keepTalking) this.#turns.silence()
    this.outlet.panelClosed()
  }

  #played({ turn, playedMs, ended }: Played, cut: boolean): void {
    const { send, tell } = this.#options
    const isStopped = ended && (this.#turns.takeSilenced(turn) || cut)
    const report = { turn, playedMs: Math.round(playedMs) }
    if (isStopped) send({ type: 'turn.interrupt', ...report })
    else if (ended || this.#positions.isDue(turn, playedMs)) send({ type: 'playback.position', ...report })
    if (ended) tell({ type: 'spoken', turn })
  }
}
