import { MICROPHONE_FRAME_SAMPLES, MICROPHONE_RATE_HZ } from '../../shared/audio/audio-format.ts'

/** How one session hears whose turn it is. All positions are samples of the 16 kHz stream. */
export interface TurnTakingRules {
  /** `manual`: the client sends activityStart and activityEnd. */
  readonly mode: 'automatic' | 'manual'
  /** Speech this probable begins a turn, 0…1. */
  readonly threshold: number
  /** Speech must last this long before it counts, ms (`prefixPaddingMs`). */
  readonly minSpeechMs: number
  /** Silence that ends a turn, ms (`silenceDurationMs`). */
  readonly silenceMs: number
}

export type TurnInput =
  /** One frame of 512 samples was heard (automatic mode). */
  | { readonly type: 'frame'; readonly probability: number; readonly assistantSpeaking: boolean }
  /** The client's own signals (manual mode), and the microphone's pause (automatic), after the sample `at`. */
  | { readonly type: 'activityStart' | 'activityEnd' | 'audioStreamEnd'; readonly at: number }

export type TurnEffect =
  /** The user began to speak; the speech is to be kept from `at` on. */
  | { readonly type: 'speechStarted'; readonly at: number }
  /** The speech may have ended: recognise what was said up to `to` already. */
  | { readonly type: 'speculate'; readonly to: number }
  /** The user went on: the guess is wrong. */
  | { readonly type: 'speculationStale' }
  | { readonly type: 'speechEnded'; readonly to: number }

export const DEFAULT_SILENCE_MS = 350
/** Barge-in within 65–190 ms of the first sound, measured with this much. */
export const DEFAULT_MIN_SPEECH_MS = 96
/** Kept from before speech was detected: without it "What time is it" became "Time, is it?". */
const PRE_ROLL_SAMPLES = 0.3 * MICROPHONE_RATE_HZ
/** Long enough that most pauses inside a sentence are over, short enough that recognition hides in the rest. */
const SPECULATE_AFTER_MS = 160
/** Once speaking, softer sounds still belong to the speech (Silero's own hysteresis). */
const HYSTERESIS = 0.15
/** While the assistant speaks its echo must not count as the user, even where the browser leaves −40 dB of it. */
const SPEAKING_THRESHOLD = 0.8
const SPEAKING_MIN_SPEECH_MS = 250

type State =
  | { readonly name: 'quiet' }
  /** Sound that may become speech; `voiced` frames so far. */
  | { readonly name: 'stirring'; readonly since: number; readonly voiced: number }
  | { readonly name: 'speaking'; readonly silent: number; readonly speculated: boolean }

const QUIET: State = { name: 'quiet' }
const NOTHING: readonly TurnEffect[] = []

/**
 * Decides from voice probabilities, or from the client's own signals, when the user's turn starts and ends.
 * Signals of the other mode mean nothing here; the wire refuses them before.
 */
export class TurnTaking {
  readonly #rules: TurnTakingRules
  #state: State = QUIET
  #position = 0

  constructor(rules: TurnTakingRules) {
    this.#rules = rules
  }

  /** Whether the user has the floor: what is heard now belongs to a turn. */
  get userSpeaking(): boolean {
    return this.#state.name === 'speaking'
  }

  handle(input: TurnInput): readonly TurnEffect[] {
    switch (input.type) {
      case 'frame':
        this.#position += MICROPHONE_FRAME_SAMPLES
        return this.#hear(input.probability, input.assistantSpeaking)
      case 'activityStart':
        return this.#rules.mode === 'manual' ? this.#start(input.at) : NOTHING
      case 'activityEnd':
        return this.#rules.mode === 'manual' ? this.#end(input.at) : NOTHING
      case 'audioStreamEnd':
        return this.#rules.mode === 'automatic' ? this.#end(input.at) : NOTHING
    }
  }

  #hear(probability: number, assistantSpeaking: boolean): readonly TurnEffect[] {
    return this.#state.name === 'speaking'
      ? this.#follow(probability, this.#state)
      : this.#await(probability, assistantSpeaking)
  }

  #await(probability: number, assistantSpeaking: boolean): readonly TurnEffect[] {
    const threshold = assistantSpeaking ? Math.max(this.#rules.threshold, SPEAKING_THRESHOLD) : this.#rules.threshold
    const minMs = assistantSpeaking
      ? Math.max(this.#rules.minSpeechMs, SPEAKING_MIN_SPEECH_MS)
      : this.#rules.minSpeechMs
    if (probability < threshold - HYSTERESIS) {
      this.#state = QUIET
      return NOTHING
    }
    const stirring =
      this.#state.name === 'stirring'
        ? this.#state
        : { name: 'stirring' as const, since: this.#position - MICROPHONE_FRAME_SAMPLES, voiced: 0 }
    const voiced = stirring.voiced + (probability >= threshold ? 1 : 0)
    if (voiced > 0 && voiced >= framesOf(minMs)) return this.#start(Math.max(0, stirring.since - PRE_ROLL_SAMPLES))
    this.#state = { ...stirring, voiced }
    return NOTHING
  }

  #follow(probability: number, speaking: Extract<State, { name: 'speaking' }>): readonly TurnEffect[] {
    if (probability >= this.#rules.threshold - HYSTERESIS) {
      this.#state = { name: 'speaking', silent: 0, speculated: false }
      return speaking.speculated ? [{ type: 'speculationStale' }] : NOTHING
    }
    const silent = speaking.silent + 1
    if (silent >= framesOf(this.#rules.silenceMs)) return this.#end(this.#position)
    const speculate = !speaking.speculated && silent >= framesOf(SPECULATE_AFTER_MS)
    this.#state = { name: 'speaking', silent, speculated: speaking.speculated || speculate }
    return speculate ? [{ type: 'speculate', to: this.#position }] : NOTHING
  }

  #start(at: number): readonly TurnEffect[] {
    if (this.#state.name === 'speaking') return NOTHING
    this.#state = { name: 'speaking', silent: 0, speculated: false }
    return [{ type: 'speechStarted', at }]
  }

  #end(to: number): readonly TurnEffect[] {
    const wasSpeaking = this.#state.name === 'speaking'
    this.#state = QUIET
    return wasSpeaking ? [{ type: 'speechEnded', to }] : NOTHING
  }
}

/** At least one frame, since nothing is decided between frames. */
function framesOf(ms: number): number {
  return Math.max(1, Math.ceil((ms * MICROPHONE_RATE_HZ) / 1000 / MICROPHONE_FRAME_SAMPLES))
}
