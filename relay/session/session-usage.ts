import { type LiveTokens } from '../live/live-model.ts'
import { type LimitReached } from './usage-day.ts'
import { type UsageMeter } from './usage-meter.ts'

/**
 * What one conversation uses, on its way to its user's meter. Sound comes with every frame, so it is only added up here and
 * told now and then.
 */
export class SessionUsage {
  readonly #meter: UsageMeter
  #microphoneBytes = 0
  #speechBytes = 0

  constructor(meter: UsageMeter) {
    this.#meter = meter
  }

  /** @returns the limit of the day that is used up already, if one is */
  begin(): Promise<LimitReached | undefined> {
    return this.#meter.begin()
  }

  /** @param bytes of PCM16 at 16 kHz */
  microphone(bytes: number): void {
    this.#microphoneBytes += bytes
  }

  /** @param bytes of PCM16 at 24 kHz */
  speech(bytes: number): void {
    this.#speechBytes += bytes
  }

  picture(): void {
    this.#meter.frame()
  }

  tokens(tokens: LiveTokens): void {
    this.#meter.tokens(tokens)
  }

  /** Tells the meter what sound came since the last time. */
  settle(): void {
    if (this.#microphoneBytes > 0) this.#meter.microphone(this.#microphoneBytes)
    if (this.#speechBytes > 0) this.#meter.speech(this.#speechBytes)
    this.#microphoneBytes = 0
    this.#speechBytes = 0
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
