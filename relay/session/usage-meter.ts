import { MICROPHONE_RATE_HZ, pcmDurationMs, SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { type LiveTokens } from '../live/live-model.ts'
import { costOf, itemise, type TokenPrices } from './token-price.ts'
import { type LimitReached } from './usage-day.ts'
import { type UsageTally } from './usage-tally.ts'

/**
 * Counts what one conversation uses, for its user's day. Made by `UsageBook.open`; the counting methods cost an addition each
 * and may be called for every frame.
 *
 * ```ts
 * const meter = book.open(user.id, pricesOf(brain), (reached) => …end the conversation)
 * const spent = await meter.begin() // refuse the conversation when it is something
 * meter.microphone(pcm.byteLength); meter.speech(pcm.byteLength); meter.frame(); meter.tokens(usageEvent)
 * await meter.flush() // when a turn is complete
 * await meter.close() // once, at the end
 * ```
 */
export class UsageMeter {
  readonly #tally: UsageTally
  readonly #prices: TokenPrices
  readonly #onClose: () => Promise<void>

  constructor(tally: UsageTally, prices: TokenPrices, onClose: () => Promise<void>) {
    this.#tally = tally
    this.#prices = prices
    this.#onClose = onClose
  }

  /**
   * Learns what was counted today, by any instance. Never rejects: with the store away it goes by what this instance knows.
   *
   * @returns the limit that is used up already, if one is; `onLimit` is not called for it
   */
  begin(): Promise<LimitReached | undefined> {
    return this.#tally.begin()
  }

  /** Microphone sound that was handed to the brain. @param bytes of PCM16 at 16 kHz */
  microphone(bytes: number): void {
    this.#tally.add({ microphoneMs: pcmDurationMs(bytes, MICROPHONE_RATE_HZ) })
  }

  /** Speech of the brain's that was taken for the client. @param bytes of PCM16 at 24 kHz */
  speech(bytes: number): void {
    this.#tally.add({ speechMs: pcmDurationMs(bytes, SPEECH_RATE_HZ) })
  }

  /** A picture that was handed to the brain. */
  frame(): void {
    this.#tally.add({ frames: 1 })
  }

  /** What the brain says a turn took: its `usage` event. */
  tokens(usage: LiveTokens): void {
    const tokens = itemise(usage)
    this.#tally.add({ ...tokens, spend: costOf(tokens, this.#prices) })
  }

  /** Stores what was counted. Never rejects: what could not be stored is kept and stored with the next. */
  flush(): Promise<void> {
    return this.#tally.flush()
  }

  /** Stores the rest and counts no more; `onLimit` is not called any more. Never rejects. Idempotent. */
  close(): Promise<void> {
    return this.#onClose()
  }
}
