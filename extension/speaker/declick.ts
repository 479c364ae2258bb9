/** 2.7 ms at 24 kHz: too short to be heard as a fade, long enough not to click. */
export const FADE_SAMPLES = 64

/** Softens the edges of a signal that stops or begins in the middle of a wave; leaves everything else as it is. */
export class Declick {
  #last = 0
  /** What is left of a signal that stopped; goes to zero by `#step` a sample. */
  #remainder = 0
  #step = 0
  #gain = 1

  /** The signal is cut here, and the next one may begin in the middle of a wave. */
  cut(): void {
    this.#stop()
    this.#gain = 0
  }

  /** Shapes the samples `from`–`to` of a signal, in place. */
  signal(samples: Float32Array, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      samples[index] = (samples[index] ?? 0) * this.#gain + this.#decay()
      this.#gain = Math.min(1, this.#gain + 1 / FADE_SAMPLES)
    }
    this.#last = samples[to - 1] ?? 0
  }

  /** Writes silence from `from` on, after what is left of the signal before it. */
  silence(samples: Float32Array, from: number): void {
    if (from < samples.length && this.#last !== 0) this.#stop()
    for (let index = from; index < samples.length; index++) samples[index] = this.#decay()
  }

  #stop(): void {
    this.#remainder = this.#last
    this.#step = this.#last / FADE_SAMPLES
    this.#last = 0
  }

  #decay(): number {
    if (this.#remainder === 0) return 0
    const next = this.#remainder - this.#step
    this.#remainder = Math.abs(next) < Math.abs(this.#step) / 2 ? 0 : next
    return this.#remainder
  }
}
