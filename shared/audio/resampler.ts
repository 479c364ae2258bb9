import { PolyphaseFilter } from './resampler-filter.ts'

/**
 * Changes the rate of a stream of mono samples, such as 48 000 → 16 000 Hz, without folding high tones back into
 * speech. How the stream is cut into chunks does not change a single sample; `flush` gives the end.
 */
export class Resampler {
  readonly #fromHz: number
  readonly #toHz: number
  readonly #filter: PolyphaseFilter
  /** Output positions advance by `#step` in units of 1 ÷ `#phases` input samples. */
  readonly #phases: number
  readonly #step: number
  /** Input from the first sample the next output needs. */
  #input: Float32Array
  #phase = 0

  /**
   * @param fromHz rate of the input, a positive integer
   * @param toHz rate of the output, a positive integer
   */
  constructor(fromHz: number, toHz: number) {
    const divisor = greatestCommonDivisor(fromHz, toHz)
    this.#fromHz = fromHz
    this.#toHz = toHz
    this.#phases = toHz / divisor
    this.#step = fromHz / divisor
    this.#filter = new PolyphaseFilter(Math.min(1, toHz / fromHz), this.#phases)
    this.#input = this.#silenceBefore()
  }

  /** @returns the output that is complete by now; the last 2 ms or so wait for what comes next. */
  process(samples: Float32Array): Float32Array<ArrayBuffer> {
    if (this.#fromHz === this.#toHz) return samples.slice()
    const input = new Float32Array(this.#input.length + samples.length)
    input.set(this.#input)
    input.set(samples, this.#input.length)
    const taps = 2 * this.#filter.reach
    const output = new Float32Array(this.#countOutputs(input.length - taps))
    let at = 0
    for (let index = 0; index < output.length; index++) {
      output[index] = weightedSum(input, at, this.#filter.weights(this.#phase))
      this.#phase += this.#step
      at += Math.floor(this.#phase / this.#phases)
      this.#phase %= this.#phases
    }
    this.#input = input.slice(at)
    return output
  }

  /** @returns the rest: all output together lasts as long as the input. The next chunk begins a new stream. */
  flush(): Float32Array<ArrayBuffer> {
    const rest = this.process(new Float32Array(this.#filter.reach))
    this.#input = this.#silenceBefore()
    this.#phase = 0
    return this.#fromHz === this.#toHz ? new Float32Array(0) : rest
  }

  /** The first output sits on the first input, so half of its window lies before the stream. */
  #silenceBefore(): Float32Array {
    return new Float32Array(this.#filter.reach - 1)
  }

  /** @param lastStart the last index at which a whole window of input begins */
  #countOutputs(lastStart: number): number {
    if (lastStart < 0) return 0
    return Math.floor(((lastStart + 1) * this.#phases - 1 - this.#phase) / this.#step) + 1
  }
}

function weightedSum(input: Float32Array, at: number, weights: Float32Array): number {
  let sum = 0
  for (let tap = 0; tap < weights.length; tap++) sum += (input[at + tap] ?? 0) * (weights[tap] ?? 0)
  return sum
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
