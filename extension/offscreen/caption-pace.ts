import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { heardText, type SpokenFragment, spokenWords } from '../../shared/protocol/spoken-words.ts'
import { type CaptionText } from '../messaging/voice-state.ts'
import { type Played } from '../speaker/playback-messages.ts'

/** On its way to the eye a word takes this long; it is to be there when it sounds, ms. */
const LEAD_MS = 80
/** Positions come five times a second; when they cease, the sound stands still. */
const RECKON_AT_MOST_MS = 300
/** Words whose sound does not begin are shown without it: the page may be held silent, or the brain be mute. */
const WAIT_FOR_SOUND_MS = 1000
/** Nobody speaks faster than this, ms a character: so long at least the words take whose sound is still to come. */
const FASTEST_SPEECH_MS = 45

/** What is known of one answer. */
interface PacedAnswer {
  readonly fragments: SpokenFragment[]
  /** How much speech of it came, ms. */
  audioMs: number
  /** No more will come. */
  complete: boolean
  /** When the first words or the first sound came. */
  readonly sinceMs: number
  /** How far it was heard, and when that was told. */
  heard?: { readonly playedMs: number; readonly atMs: number; readonly ended: boolean }
  /** Shown whole once, it is not taken back. */
  isFree: boolean
}

/** How an answer is to be shown now, and when that changes by itself. */
export interface PacedCaption {
  /** Absent: not a word of it sounds yet. */
  readonly caption?: CaptionText
  readonly nextMs?: number
}

/**
 * Paces the words of answers with their sound: each is shown as it is heard, and of an answer that was cut exactly what was
 * heard. No clock of its own: every call says what time it is, in ms.
 */
export class CaptionPace {
  readonly #answers = new Map<number, PacedAnswer>()

  /** Turns count from the start again. */
  forget(): void {
    this.#answers.clear()
  }

  receive(message: ServerMessage, nowMs: number): void {
    if (message.type === 'transcript.delta' && message.role === 'assistant') {
      const answer = this.#answer(message.turn, nowMs)
      answer.fragments.push({ text: message.text, startMs: message.audioMs ?? answer.audioMs })
    }
    if (message.type !== 'turn.complete') return
    const answer = this.#answers.get(message.turn)
    if (answer !== undefined) answer.complete = true
  }

  /** Speech came. @param endMs position of its last sample in the turn */
  speech(turn: number, endMs: number, nowMs: number): void {
    const answer = this.#answer(turn, nowMs)
    answer.audioMs = Math.max(answer.audioMs, endMs)
  }

  played({ turn, playedMs, ended }: Played, nowMs: number): void {
    const answer = this.#answers.get(turn)
    if (answer === undefined || answer.heard?.ended === true) return
    answer.heard = { playedMs, atMs: nowMs, ended }
  }

  /** Everything that was still to be heard is not. */
  cut(nowMs: number): void {
    for (const [turn, answer] of this.#answers) {
      if (answer.audioMs > 0) this.played({ turn, playedMs: positionOf(answer, nowMs), ended: true }, nowMs)
    }
  }

  /** How the answer of a turn is to be shown, of which `said` has arrived. */
  pace(turn: number, said: CaptionText, nowMs: number): PacedCaption {
    const answer = this.#answers.get(turn)
    // Of a cut answer the relay says what was heard; other words than came are not ours to pace.
    if (answer === undefined || answer.isFree || (said.final && said.interrupted)) return { caption: said }
    const text = answer.fragments.map((fragment) => fragment.text).join('')
    if (text.trim() !== said.text.trim()) return { caption: said }
    if (answer.heard === undefined) return this.#wait(answer, said, nowMs)
    const isCut = answer.heard.ended && answer.heard.playedMs + 1 < answer.audioMs
    if (isCut || said.interrupted) return { caption: cutAt(answer, text, said, positionOf(answer, nowMs)) }
    if (answer.heard.ended) return { caption: said }
    return begun(answer, text, said, positionOf(answer, nowMs))
  }

  #answer(turn: number, nowMs: number): PacedAnswer {
    const known = this.#answers.get(turn)
    if (known !== undefined) return known
    const answer: PacedAnswer = { fragments: [], audioMs: 0, complete: false, sinceMs: nowMs, isFree: false }
    this.#answers.set(turn, answer)
    // Nothing is heard any more of the one before the last.
    for (const old of this.#answers.keys()) if (old < turn - 1) this.#answers.delete(old)
    return answer
  }

  /** Nothing of it sounds yet. */
  #wait(answer: PacedAnswer, said: CaptionText, nowMs: number): PacedCaption {
    const leftMs = answer.sinceMs + WAIT_FOR_SOUND_MS - nowMs
    const isMute = answer.complete && answer.audioMs === 0
    answer.isFree = isMute || leftMs <= 0
    return answer.isFree || said.interrupted ? { caption: said } : { nextMs: leftMs }
  }
}

function positionOf({ heard }: PacedAnswer, nowMs: number): number {
  if (heard === undefined) return 0
  return heard.ended ? heard.playedMs : heard.playedMs + Math.min(nowMs - heard.atMs, RECKON_AT_MOST_MS)
}

/** The words that sound by now. */
function begun(answer: PacedAnswer, text: string, said: CaptionText, positionMs: number): PacedCaption {
  const words = spokenWords(answer.fragments, lengthOf(answer))
  const next = words.findIndex(({ fromMs }) => fromMs > positionMs + LEAD_MS)
  const shown = text.slice(0, (next === -1 ? words : words.slice(0, next)).at(-1)?.end ?? 0)
  const nextMs = words[next] && { nextMs: words[next].fromMs - positionMs - LEAD_MS }
  return { ...(shown === '' ? {} : { caption: { ...said, text: shown, final: false } }), ...nextMs }
}

/** What was heard, and what was not. */
function cutAt(answer: PacedAnswer, text: string, said: CaptionText, positionMs: number): CaptionText {
  const heard = heardText(answer.fragments, lengthOf(answer), positionMs)
  const unheard = text.slice(heard.length).trim()
  return { ...said, text: heard.trim(), interrupted: true, ...(unheard === '' ? {} : { unheard }) }
}

/** How long the answer takes at least, as far as its words are known; ms. */
function lengthOf({ fragments, audioMs, complete }: PacedAnswer): number {
  const last = fragments.at(-1)
  if (complete || last === undefined) return audioMs
  const ahead = fragments.filter(({ startMs }) => startMs === last.startMs)
  const characters = ahead.reduce((sum, { text }) => sum + text.length, 0)
  return Math.max(audioMs, last.startMs + characters * FASTEST_SPEECH_MS)
}
