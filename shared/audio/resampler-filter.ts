/** Zero crossings of the sinc on each side: the price in time, and how steep the filter falls. */
const ZERO_CROSSINGS = 32

/** What is above half the lower rate comes through at most this loud, dB: below the noise of 16-bit speech. */
const STOP_BAND_DB = 80

/** Shape of the Kaiser window for that attenuation (Oppenheim & Schafer, Discrete-Time Signal Processing, §7.6). */
const KAISER_BETA = 0.1102 * (STOP_BAND_DB - 8.7)

/** Width of the fall, in parts of the lower rate, by the same source. */
const TRANSITION = (STOP_BAND_DB - 8) / (2.285 * 2 * ZERO_CROSSINGS) / (2 * Math.PI)

/** The fall ends exactly at half the lower rate, so nothing folds back. */
const CUTOFF = 0.5 - TRANSITION / 2

/** One windowed sinc, sampled at every position between two input samples that an output sample can have. */
export class PolyphaseFilter {
  /** Input samples on each side of an output sample. */
  readonly reach: number
  readonly #scale: number
  readonly #phases: (Float32Array | undefined)[]

  /**
   * @param scale the lower of 1 and output rate ÷ input rate
   * @param phases positions between two input samples
   */
  constructor(scale: number, phases: number) {
    this.#scale = scale
    this.reach = Math.ceil(ZERO_CROSSINGS / scale)
    this.#phases = Array.from({ length: phases }, () => undefined)
  }

  /** @returns weights of the `2 × reach` input samples around the position `phase ÷ phases`. */
  weights(phase: number): Float32Array {
    const known = this.#phases[phase]
    if (known !== undefined) return known
    const weights = this.#design(phase / this.#phases.length)
    this.#phases[phase] = weights
    return weights
  }

  #design(position: number): Float32Array {
    const weights = new Float32Array(2 * this.reach)
    let sum = 0
    for (let tap = 0; tap < weights.length; tap++) {
      const distance = position + this.reach - 1 - tap
      const weight = sinc(2 * CUTOFF * this.#scale * distance) * kaiser(distance / this.reach)
      weights[tap] = weight
      sum += weight
    }
    // The same loudness at every position, exactly: else the phases would hum.
    return weights.map((weight) => weight / sum)
  }
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

/** @param x −1 to 1 over the window */
function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - x * x)) / besselI0(KAISER_BETA)
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1
  let sum = 1
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}
