import { type LiveTokens } from '../live/live-model.ts'
import { type LimitReached } from './usage-day.ts'
import { type UsageMeter } from './usage-meter.ts'

/** How much sound came since the last time, bytes of PCM16: 16 kHz of the microphone, 24 kHz of speech. */
export interface SoundBytes {
  readonly microphone: number
  readonly speech: number
}

/**
 * What one conversation uses, on its way to its user's meter. Sound comes with every frame, so it is only added up where
 * it passes, and asked for now and then.
 */
export class SessionUsage {
  readonly #meter: UsageMeter
  readonly #takeSound: () => SoundBytes

  /** @param takeSound what came since it was called last */
  constructor(meter: UsageMeter, takeSound: () => SoundBytes) {
    this.#meter = meter
    this.#takeSound = takeSound
  }

  /** @returns the limit of the day that is used up already, if one is */
  begin(): Promise<LimitReached | undefined> {
    return this.#meter.begin()
  }

  picture(): void {
    this.#meter.frame()
  }

  tokens(tokens: LiveTokens): void {
    this.#meter.tokens(tokens)
  }

  /** Tells the meter what sound came since the last time. */
  settle(): void {
    const { microphone, speech } = this.#takeSound()
    if (microphone > 0) this.#meter.microphone(microphone)
    if (speech > 0) this.#meter.speech(speech)
  }

  /** A turn is complete: a moment to store what was counted. */
  turnEnded(): void {
    this.settle()
    void this.#meter.flush()
  }

  /** Counts no more. */
  close(): void {
    this.settle()
    void this.#meter.close()
  }
}
