import { SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'

export const SAMPLES_PER_MS = SPEECH_RATE_HZ / 1000
/** A brain sends faster than it is heard: an answer of five minutes fits (14 MB). What comes above it is dropped. */
const MAX_QUEUED_SAMPLES = 5 * 60 * SPEECH_RATE_HZ

interface Chunk {
  readonly turn: number
  readonly positionMs: number
  readonly samples: Int16Array
}

/** Speech that waits to be heard, in the order in which it came. */
export class SpeechQueue {
  #chunks: Chunk[] = []
  /** Samples of the first chunk that are already out. */
  #offset = 0
  #queuedSamples = 0

  get queuedMs(): number {
    return this.#queuedSamples / SAMPLES_PER_MS
  }

  /** The next sample: its turn, and its position there in ms. */
  get next(): { readonly turn: number; readonly positionMs: number } | undefined {
    const head = this.#chunks[0]
    return head && { turn: head.turn, positionMs: head.positionMs + this.#offset / SAMPLES_PER_MS }
  }

  holds(turn: number): boolean {
    return this.#chunks.some((chunk) => chunk.turn === turn)
  }

  /** @returns false when it was dropped because five minutes are waiting already */
  push(turn: number, positionMs: number, samples: Int16Array): boolean {
    if (this.#queuedSamples + samples.length > MAX_QUEUED_SAMPLES) return false
    this.#chunks.push({ turn, positionMs, samples })
    this.#queuedSamples += samples.length
    return true
  }

  /**
   * Takes samples of the next turn, as far as they follow each other without a gap.
   *
   * @param out gets them from `from` on, −1 to 1
   * @returns how many
   */
  take(out: Float32Array, from: number): number {
    const head = this.#chunks[0]
    if (head === undefined) return 0
    const count = Math.min(out.length - from, head.samples.length - this.#offset)
    for (let index = 0; index < count; index++) out[from + index] = (head.samples[this.#offset + index] ?? 0) / 32_768
    this.#offset += count
    this.#queuedSamples -= count
    if (this.#offset === head.samples.length) this.#dropHead()
    return count
  }

  /** Forgets this turn and those before it. */
  dropUpTo(turn: number): void {
    const isHeadDropped = (this.#chunks[0]?.turn ?? Infinity) <= turn
    if (isHeadDropped) this.#offset = 0
    this.#chunks = this.#chunks.filter((chunk) => chunk.turn > turn)
    this.#queuedSamples = this.#chunks.reduce((sum, chunk) => sum + chunk.samples.length, 0 - this.#offset)
  }

  #dropHead(): void {
    this.#chunks.shift()
    this.#offset = 0
  }
}
