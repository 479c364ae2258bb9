import { pcmDurationMs, SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { type VoiceChannelMessage } from '../messaging/voice-channel.ts'
import { type LeftOff, type Played } from '../speaker/playback-messages.ts'
import { type Speaker, type SpeakerOptions, type SpeakerUse } from '../speaker/speaker.ts'
import { type KeptSpeech } from './kept-speech.ts'

/** A page that plays waits at most 1.5 s for a pause before it leaves; from one that is gone nothing comes, ms. */
const LEAVING_TIMEOUT_MS = 2500

export interface SpeechOutletOptions {
  /** To the panel; speech and interruptions keep their order. */
  readonly post: (message: VoiceChannelMessage) => void
  /** Opens the speaker of this document. */
  readonly openSpeaker: (options: SpeakerOptions) => Speaker
  /** Where all speech is that is not heard yet. */
  readonly kept: KeptSpeech
  /** @param cut the panel fell silent by itself, with speech left: the person pressed stop there */
  readonly onPlayed: (played: Played, cut: boolean) => void
}

/** Speech of a turn that is on its way to the ear. */
interface Flight {
  /** All that came so far ends there, ms. */
  endMs: number
  playedMs: number
  complete: boolean
  /** Whoever plays now was given some of it. */
  handed: boolean
}

/** The panel of a window, this document, or nobody. */
type Player = number | 'here' | 'nobody'

/**
 * Decides who plays the speech: the side panel; with the panel closed this document, if the person wants that; else nobody.
 * One at a time. When that changes, the one who plays stops in a pause between two words and says to the sample where; from
 * there the other goes on.
 */
export class SpeechOutlet {
  readonly #options: SpeechOutletOptions
  readonly #flights = new Map<number, Flight>()
  #panel: { readonly windowId: number } | 'unknown' | 'closed' = 'unknown'
  #player: Player = 'nobody'
  /** Whoever plays was asked to leave: what comes meanwhile waits. */
  #leaving: ReturnType<typeof setTimeout> | undefined
  /** Play here when the panel is closed. */
  keepTalking = false
  #use: SpeakerUse = { deviceId: '', volume: 1, captionsOnly: false }
  /** The speaker of this document, while it plays. */
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

  /** How a person wants to hear; at once. */
  use(use: SpeakerUse): void {
    this.#use = use
    this.#speaker?.use(use)
  }

  /** Falls silent, forgets all turns and gives this document's output back. */
  forget(): void {
    const newest = Math.max(-1, ...this.#flights.keys())
    if (newest >= 0) this.interrupt(newest)
    this.#flights.clear()
    this.#silencedTurn = -1
    this.#lastPlayed = undefined
    this.#closeSpeaker()
    this.#settle()
    this.#player = 'nobody'
  }

  /** Whether speech of this turn is not to be heard any more. */
  isSilenced(turn: number): boolean {
    return turn <= this.#silencedTurn
  }

  /** Speech is on its way to the ear. */
  get isBusy(): boolean {
    return this.#flights.size > 0
  }

  /** Speech of this turn is. */
  carries(turn: number): boolean {
    return this.#flights.has(turn)
  }

  /** A conversation was started: a panel may be on its way, and until it is here this document plays. */
  panelExpected(): void {
    if (this.#panel === 'closed') this.#panel = 'unknown'
  }

  /** The panel of this window is here and can play, and it is the one that is to. */
  panelOpened(windowId: number): void {
    this.#panel = { windowId }
    this.#changeOver()
  }

  /** @param left how far the panel that plays was heard, as it knew when it went; absent: it could not say */
  panelClosed(left?: LeftOff): void {
    this.#panel = 'closed'
    if (typeof this.#player === 'number' && this.#leaving === undefined) this.#goOn(left)
  }

  /** The panel tells how far a turn was heard. */
  panelPlayed(played: Played): void {
    if (typeof this.#player === 'number') this.#land(played)
  }

  /** The panel of this window plays no more, from exactly there on. */
  panelLeft(windowId: number, left: LeftOff): void {
    if (this.#player === windowId) this.#goOn(left)
  }

  /** Speech of a turn, in order. */
  speech(turn: number, positionMs: number, pcm: ArrayBuffer): void {
    if (this.isSilenced(turn)) return
    const flight = this.#flights.get(turn) ?? { endMs: 0, complete: false, playedMs: 0, handed: false }
    if (this.#flights.size === 0) this.#takeTurns()
    this.#flights.set(turn, flight)
    flight.endMs = positionMs + pcmDurationMs(pcm.byteLength, SPEECH_RATE_HZ)
    this.#options.kept.add(turn, { positionMs, pcm })
    if (this.#leaving === undefined) this.#give(turn, flight, positionMs, pcm)
  }

  /** No more speech will come for this turn. */
  end(turn: number): void {
    const flight = this.#flights.get(turn)
    if (flight === undefined) return
    flight.complete = true
    if (this.#leaving === undefined) this.#endHere(turn, flight)
  }

  /** Falls silent, with this turn and those before it; `onPlayed` answers how far it was heard. */
  interrupt(turn: number): void {
    this.#silencedTurn = Math.max(this.#silencedTurn, turn)
    const isOnItsWay = [...this.#flights].some(([known, { handed }]) => known <= turn && handed)
    if (isOnItsWay && this.#speaker !== undefined) this.#speaker.interrupt(turn)
    else if (isOnItsWay) this.#options.post({ type: 'interrupted', turn })
    else {
      const last = this.#flights.get(turn) ?? (this.#lastPlayed?.turn === turn ? this.#lastPlayed : undefined)
      this.#land({ turn, playedMs: last?.playedMs ?? 0, ended: true })
    }
  }

  /** Who is to play, as things are. */
  get #wanted(): Player {
    if (typeof this.#panel === 'object') return this.#panel.windowId
    return this.#panel === 'unknown' || this.keepTalking ? 'here' : 'nobody'
  }

  /** Nothing is on its way: whoever is to play from now on may just begin. */
  #takeTurns(): void {
    if (this.#leaving !== undefined) return
    this.#player = this.#wanted
    if (this.#player !== 'here') this.#closeSpeaker()
  }

  #changeOver(): void {
    if (this.#leaving !== undefined || this.#player === this.#wanted) return
    if (this.#flights.size === 0 || this.#player === 'nobody') {
      this.#takeTurns()
      return
    }
    // A panel sees by itself that another one is to play.
    this.#leaving = setTimeout(() => this.#goOn(), LEAVING_TIMEOUT_MS)
    void this.#speaker?.leave().then((left) => this.#leaving !== undefined && this.#goOn(left))
  }

  /** @param left where whoever played until now stopped; unknown: it is gone */
  #goOn(left?: LeftOff): void {
    this.#settle()
    const flight = left && this.#flights.get(left.turn)
    if (flight !== undefined) flight.playedMs = left?.playedMs ?? flight.playedMs
    this.#closeSpeaker()
    this.#player = this.#wanted
    for (const [turn, known] of this.#flights) this.#handOver(turn, known)
  }

  #settle(): void {
    clearTimeout(this.#leaving)
    this.#leaving = undefined
  }

  /** Gives all that is not heard yet to whoever plays now. */
  #handOver(turn: number, flight: Flight): void {
    flight.handed = false
    for (const { positionMs, pcm } of this.#options.kept.from(turn, flight.playedMs)) {
      this.#give(turn, flight, positionMs, pcm)
    }
    if (flight.complete) this.#endHere(turn, flight)
  }

  #give(turn: number, flight: Flight, positionMs: number, pcm: ArrayBuffer): void {
    flight.handed = true
    const windowId = this.#player
    if (windowId === 'nobody') this.#silence(turn, flight)
    else if (windowId === 'here') this.#openSpeaker().play(turn, positionMs, pcm)
    else this.#options.post({ type: 'speech', windowId, turn, positionMs, pcm })
  }

  #endHere(turn: number, flight: Flight): void {
    const windowId = this.#player
    // Whoever played before was heard to the end.
    if (!flight.handed) this.#land({ turn, playedMs: flight.playedMs, ended: true })
    else if (windowId === 'here') this.#openSpeaker().end(turn)
    else if (windowId !== 'nobody') this.#options.post({ type: 'speech-end', windowId, turn })
  }

  #land(told: Played): void {
    const flight = this.#flights.get(told.turn)
    // Whoever took over in the middle knows only its own part.
    const played = { ...told, playedMs: Math.max(told.playedMs, flight?.playedMs ?? 0) }
    this.#lastPlayed = played
    if (flight !== undefined) flight.playedMs = played.playedMs
    // Positions are told in whole milliseconds.
    const hasRest = flight !== undefined && flight.playedMs + 1 < flight.endMs
    const cut = played.ended && !this.isSilenced(played.turn) && hasRest
    if (cut) this.#silencedTurn = played.turn
    if (played.ended) this.#forgetFlights(played.turn)
    this.#options.onPlayed(played, cut)
  }

  /** This turn is over, and those that nobody is to hear. */
  #forgetFlights(ended: number): void {
    for (const turn of this.#flights.keys()) {
      if (turn === ended || this.isSilenced(turn)) this.#flights.delete(turn)
    }
    if (this.#flights.size === 0) this.#takeTurns()
  }

  /** Nobody plays it. */
  #silence(turn: number, flight: Flight): void {
    if (this.isSilenced(turn)) return
    this.#silencedTurn = turn
    this.#land({ turn, playedMs: flight.playedMs, ended: true })
  }

  #openSpeaker(): Speaker {
    if (this.#speaker !== undefined) return this.#speaker
    this.#speaker = this.#options.openSpeaker({
      onPlayed: (turn, playedMs, ended) => this.#land({ turn, playedMs, ended }),
    })
    this.#speaker.use(this.#use)
    return this.#speaker
  }

  #closeSpeaker(): void {
    const speaker = this.#speaker
    this.#speaker = undefined
    void speaker?.close()
  }
}
