import { pcmDurationMs, SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { type ClientMessage } from '../../shared/protocol/client-message.ts'
import { type SpeechFrame } from '../../shared/protocol/media-frame.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type VoiceSettings } from '../messaging/voice-settings.ts'
import { type CaptionTurn } from '../messaging/voice-state.ts'
import { type Played } from '../speaker/playback-messages.ts'
import { CaptionPace } from './caption-pace.ts'
import { KeptSpeech } from './kept-speech.ts'
import { PositionReport } from './position-report.ts'
import { Replay } from './replay.ts'
import { PersonSpeaking } from './sight/person-speaking.ts'
import { SpeechOutlet, type SpeechOutletOptions } from './speech-outlet.ts'
import { TurnCount } from './turn-count.ts'
import { TurnMarks } from './turn-marks.ts'
import { type VoiceEvent } from './voice-state.ts'

/** A cough or what is left of an echo is shorter than this many frames of 32 ms. */
const PERSON_SPEAKS_FRAMES = 8

/** Stands for an answer that is said again; turns of a conversation count from 1. */
const REPLAYED_TURN = -1

export interface AnswersOptions extends Pick<SpeechOutletOptions, 'post' | 'openSpeaker'> {
  /** To the relay. */
  readonly send: (message: ClientMessage) => void
  /** What of it a person sees. */
  readonly tell: (event: Extract<VoiceEvent, { type: 'speech' | 'spoken' }>) => void
  /** The quickest way to the relay and back, ms; undefined before it is known. */
  readonly roundTripMs: () => number | undefined
  /** `shown` has something else to say now. */
  readonly onChange: () => void
}

/**
 * The answers of a conversation on their way to ear and eye: counted, played or silenced, how far they were heard told,
 * shown word by word as they sound, and said again.
 */
export class Answers {
  readonly #options: AnswersOptions
  readonly outlet: SpeechOutlet
  readonly #positions = new PositionReport()
  readonly #pace = new CaptionPace()
  readonly #kept = new KeptSpeech()
  readonly #marks = new TurnMarks()
  readonly #replay: Replay
  #turns = new TurnCount()
  #speaker: VoiceSettings['speaker'] = { deviceId: '', volume: 1, captionsOnly: false }
  readonly #person = new PersonSpeaking()
  #spokenFrames = 0
  #nextWord: ReturnType<typeof setTimeout> | undefined

  constructor(options: AnswersOptions) {
    const { post, openSpeaker } = options
    this.#options = options
    this.outlet = new SpeechOutlet({
      post,
      openSpeaker,
      kept: this.#kept,
      onPlayed: (played, cut) => this.#played(played, cut),
    })
    this.#replay = new Replay({ openSpeaker, onChange: () => this.#replayChanged() })
  }

  /** More may still come of the newest turn. */
  get isOpen(): boolean {
    return this.#turns.isOpen
  }

  /** How a person wants to hear; at once. */
  use({ keepTalking, speaker }: Pick<VoiceSettings, 'keepTalking' | 'speaker'>): void {
    this.#speaker = speaker
    this.outlet.keepTalking = keepTalking
    this.outlet.use(speaker)
    this.#replay.use(speaker)
  }

  /** Turns count from the start again. */
  newSession(): void {
    this.stop()
    this.#turns = new TurnCount()
    this.#pace.forget()
    this.#marks.forget()
  }

  /** The conversation is over: it falls silent, and nothing of its sound is kept. */
  stop(): void {
    this.#replay.stop()
    this.#pace.cut(performance.now())
    this.outlet.forget()
    this.#kept.clear()
  }

  began(turn: number): void {
    this.#replay.stop()
    this.#turns.began(turn)
  }

  /** What the relay says of turns; everything else is let pass. */
  receive(message: ServerMessage): void {
    this.#pace.receive(message, performance.now())
    if (message.type === 'turn.interrupted') this.outlet.interrupt(message.turn)
    if (message.type !== 'turn.complete') return
    this.#turns.completed(message.turn)
    this.#marks.completed(message)
    this.outlet.end(message.turn)
    this.#options.onChange()
  }

  hear(frame: SpeechFrame): void {
    const turn = this.#turns.inFull(frame.turn)
    if (this.outlet.isSilenced(turn)) return
    this.#replay.stop()
    this.#turns.began(turn)
    this.#marks.arrived(turn, performance.now())
    const { buffer } = new Uint8Array(frame.payload)
    this.#pace.speech(turn, frame.timeMs + pcmDurationMs(buffer.byteLength, SPEECH_RATE_HZ), performance.now())
    this.#options.tell({ type: 'speech', turn })
    this.outlet.speech(turn, frame.timeMs, buffer)
  }

  /** The relay is away: what came before is all there is of that answer. */
  dropped(): void {
    this.outlet.end(this.#turns.newest)
  }

  /** Falls silent with everything said so far; the next answer is spoken again. */
  silence(): void {
    if (this.endReplay()) return
    this.#turns.silence()
    this.outlet.interrupt(this.#turns.newest)
  }

  /** Says the answer of a turn again, of which the sound is kept; false: it is not. */
  playAgain(turn: number): boolean {
    if (!this.#kept.has(turn) || this.outlet.carries(turn)) return false
    if (this.isOpen || this.outlet.isBusy) this.silence()
    this.#replay.start(turn, this.#kept.from(turn, 0), this.#speaker)
    return true
  }

  /** The loudness of what the person says, 0–1, frame by frame: who speaks wants no answer said again. */
  hearPerson(level: number): void {
    if (this.#replay.turn === undefined) return
    const nowMs = performance.now()
    this.#person.hear(level, nowMs)
    this.#spokenFrames = this.#person.quietForMs(nowMs) === 0 ? this.#spokenFrames + 1 : 0
    if (this.#spokenFrames >= PERSON_SPEAKS_FRAMES) this.endReplay()
  }

  /** @returns whether an answer was being said again */
  endReplay(): boolean {
    const isOn = this.#replay.turn !== undefined
    this.#replay.stop()
    return isOn
  }

  /** Without a panel nobody hears it, unless the person wants that: then this document goes on. */
  panelClosed(...left: Parameters<SpeechOutlet['panelClosed']>): void {
    if (!this.outlet.keepTalking) {
      this.#replay.stop()
      this.#turns.silence()
    }
    this.outlet.panelClosed(...left)
  }

  /** The turns with their answers as they are to be shown now: `onChange` says when that is no longer so. */
  shown(turns: readonly CaptionTurn[]): readonly CaptionTurn[] {
    clearTimeout(this.#nextWord)
    const nowMs = performance.now()
    // Turns of earlier sessions have the same numbers.
    const newestOf = new Map(turns.map((turn) => [turn.turn, turn.key]))
    return turns.map((turn) => (newestOf.get(turn.turn) === turn.key ? this.#shownTurn(turn, nowMs) : turn))
  }

  #shownTurn(turn: CaptionTurn, nowMs: number): CaptionTurn {
    const { assistant: said, ...rest } = turn
    if (said === undefined) return turn
    const { caption, nextMs } = this.#pace.pace(turn.turn, said, nowMs)
    if (nextMs !== undefined) this.#nextWord = setTimeout(this.#options.onChange, nextMs)
    const sound = this.#soundOf(turn.turn)
    const latency = this.#marks.latencyOf(turn.turn, this.#options.roundTripMs())
    return {
      ...rest,
      ...(caption === undefined ? {} : { assistant: caption }),
      ...(sound === undefined ? {} : { sound }),
      ...(latency === undefined ? {} : { latency }),
    }
  }

  #soundOf(turn: number): CaptionTurn['sound'] {
    if (this.#replay.turn === turn) return 'replaying'
    return this.#kept.has(turn) && !this.outlet.carries(turn) ? 'kept' : undefined
  }

  #replayChanged(): void {
    const isOn = this.#replay.turn !== undefined
    this.#options.tell({ type: isOn ? 'speech' : 'spoken', turn: REPLAYED_TURN })
    this.#options.onChange()
  }

  #played(played: Played, cut: boolean): void {
    const { send, tell, onChange } = this.#options
    const { turn, playedMs, ended } = played
    this.#pace.played(played, performance.now())
    this.#marks.played(turn, playedMs, performance.now())
    const isStopped = ended && (this.#turns.takeSilenced(turn) || cut)
    const report = { turn, playedMs: Math.round(playedMs) }
    if (isStopped) send({ type: 'turn.interrupt', ...report })
    else if (ended || this.#positions.isDue(turn, playedMs)) send({ type: 'playback.position', ...report })
    if (ended) tell({ type: 'spoken', turn })
    onChange()
  }
}
