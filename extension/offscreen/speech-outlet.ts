import { pcmDurationMs, SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { type VoiceChannelMessage } from '../messaging/voice-channel.ts'
import { type Played } from '../speaker/playback-messages.ts'
import { type Speaker, type SpeakerOptions } from '../speaker/speaker.ts'

/** What the speaker holds as well: an answer of five minutes. What comes above it would not be heard there either. */
const MAX_KEPT_MS = 5 * 60 * 1000

export interface SpeechOutletOptions {
  /** To the panel; speech and interruptions keep their order. */
  readonly post: (message: VoiceChannelMessage) => void
  /** Opens the speaker of this document. */
  readonly openSpeaker: (options: SpeakerOptions) => Speaker
  /** @param cut the panel fell silent by itself, with speech left: the person pressed stop there */
  readonly onPlayed: (played: Played, cut: boolean) => void
}

/** Speech of a turn that was handed out and not yet heard. */
interface Flight {
  readonly chunks: { readonly positionMs: number; readonly pcm: ArrayBuffer }[]
  keptMs: number
  complete: boolean
  playedMs: number
}

/**
 * Decides who plays the speech: the side panel; with the panel closed this document, if the person wants that; else nobody.
 * One at a time. What the panel had not played when it closed is played here, so that no word is lost.
 */
export class SpeechOutlet {
  readonly #options: SpeechOutletOptions
  readonly #flights = new Map<number, Flight>()
  #panel: 'unknown' | 'open' | 'closed' = 'unknown'
  /** Play here when the panel is closed. */
  keepTalking = false
  /** The speaker of this document, while it is the one that plays. */
  #speaker: Speaker | undefined
  /** Speech of this turn and those before it is not to be heard any more. */
  #silencedTurn = -1
  #lastPlayed: Played | undefined

  constructor(options: SpeechOutletOptions) {
    this.#options = options
  }

  get isPanelClosed(): boolean {
    return this.#panel === 'closed'
  }

  /** Falls silent, forgets all turns and gives this document's output back. */
  forget(): void {
    const newest = Math.max(-1, ...this.#flights.keys())
    if (newest >= 0) this.interrupt(newest)
    this.#flights.clear()
    this.#silencedTurn = -1
    this.#lastPlayed = undefined
    this.#closeSpeaker()
  }

  /** Whether speech of this turn is not to be heard any more. */
  isSilenced(turn: number): boolean {
    return turn <= this.#silencedTurn
  }

  /** A conversation was started: a panel may be on its way, and until it is here this document plays. */
  panelExpected(): void {
    if (this.#panel === 'closed') this.#panel = 'unknown'
  }

  /** A panel is here and can play; what this document has begun it also finishes. */
  panelOpened(): void {
    this.#panel = 'open'
  }

  panelClosed(): void {
    const wasPlaying = this.#panel === 'open' && this.#speaker === undefined
    this.#panel = 'closed'
    if (!wasPlaying) return
    for (const [turn, flight] of this.#flights) {
      if (this.keepTalking) this.#playHere(turn, flight)
      else this.#silence(turn, flight)
    }
  }

  /** The panel tells how far a turn was heard. */
  panelPlayed(played: Played): void {
    if (this.#speaker === undefined) this.#land(played)
  }

  /**
   * Speech of a turn, in order.
   *
   * @param pcm PCM16 mono little-endian 24 kHz; given away
   */
  speech(turn: number, positionMs: number, pcm: ArrayBuffer): void {
    if (this.isSilenced(turn)) return
    const flight = this.#flights.get(turn) ?? { chunks: [], keptMs: 0, complete: false, playedMs: 0 }
    this.#flights.set(turn, flight)
    if (this.#speaker === undefined && this.#panel === 'open') {
      keep(flight, positionMs, pcm)
      this.#options.post({ type: 'speech', turn, positionMs, pcm })
    } else if (this.#panel === 'closed' && !this.keepTalking) this.#silence(turn, flight)
    else this.#openSpeaker().play(turn, positionMs, pcm)
  }

  /** No more speech will come for this turn. */
  end(turn: number): void {
    const flight = this.#flights.get(turn)
    if (flight === undefined) return
    flight.complete = true
    if (this.#speaker === undefined) this.#options.post({ type: 'speech-end', turn })
    else this.#speaker.end(turn)
  }

  /** Falls silent, with this turn and those before it; `onPlayed` answers how far it was heard. */
  interrupt(turn: number): void {
    this.#silencedTurn = Math.max(this.#silencedTurn, turn)
    const isOnItsWay = [...this.#flights.keys()].some((known) => known <= turn)
    if (this.#speaker !== undefined) this.#speaker.interrupt(turn)
    else if (isOnItsWay) this.#options.post({ type: 'interrupted', turn })
    else this.#land({ turn, playedMs: this.#lastPlayed?.turn === turn ? this.#lastPlayed.playedMs : 0, ended: true })
  }

  #land(played: Played): void {
    this.#lastPlayed = played
    const flight = this.#flights.get(played.turn)
    if (flight !== undefined) forgetHeard(flight, played.playedMs)
    const cut = played.ended && !this.isSilenced(played.turn) && flight !== undefined && flight.chunks.length > 0
    if (cut) this.#silencedTurn = played.turn
    if (played.ended) {
      for (const turn of this.#flights.keys()) {
        if (turn === played.turn || this.isSilenced(turn)) this.#flights.delete(turn)
      }
    }
    if (this.#flights.size === 0 && this.#panel === 'open') this.#closeSpeaker()
    this.#options.onPlayed(played, cut)
  }

  /** Nobody plays it. */
  #silence(turn: number, flight: Flight): void {
    this.#silencedTurn = Math.max(this.#silencedTurn, turn)
    this.#land({ turn, playedMs: flight.playedMs, ended: true })
  }

  #playHere(turn: number, flight: Flight): void {
    const speaker = this.#openSpeaker()
    for (const chunk of flight.chunks.splice(0)) speaker.play(turn, chunk.positionMs, chunk.pcm)
    if (flight.complete) speaker.end(turn)
  }

  #openSpeaker(): Speaker {
    this.#speaker ??= this.#options.openSpeaker({
      onPlayed: (turn, playedMs, ended) => this.#land({ turn, playedMs, ended }),
    })
    return this.#speaker
  }

  #closeSpeaker(): void {
    const speaker = this.#speaker
    this.#speaker = undefined
    void speaker?.close()
  }
}

function keep(flight: Flight, positionMs: number, pcm: ArrayBuffer): void {
  const durationMs = pcmDurationMs(pcm.byteLength, SPEECH_RATE_HZ)
  if (flight.keptMs + durationMs > MAX_KEPT_MS) return
  flight.chunks.push({ positionMs, pcm })
  flight.keptMs += durationMs
}

function forgetHeard(flight: Flight, playedMs: number): void {
  flight.playedMs = playedMs
  for (let first = flight.chunks[0]; first !== undefined; first = flight.chunks[0]) {
    const durationMs = pcmDurationMs(first.pcm.byteLength, SPEECH_RATE_HZ)
    // Positions are told in whole milliseconds.
    if (first.positionMs + durationMs > playedMs + 1) return
    flight.chunks.shift()
    flight.keptMs -= durationMs
  }
}
