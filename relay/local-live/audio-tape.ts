/**
 * The newest samples of an endless stream, addressed by their position since its start. Older ones are overwritten.
 */
export class AudioTape {
  readonly #ring: Int16Array
  #position = 0

  /** @param capacity samples that are kept */
  constructor(capacity: number) {
    this.#ring = new Int16Array(capacity)
  }

  /** The position after the newest sample. */
  get position(): number {
    return this.#position
  }

  append(samples: Int16Array): void {
    const kept = samples.length > this.#ring.length ? samples.subarray(-this.#ring.length) : samples
    const start = (this.#position + samples.length - kept.length) % this.#ring.length
    const head = kept.subarray(0, this.#ring.length - start)
    this.#ring.set(head, start)
    this.#ring.set(kept.subarray(head.length), 0)
    this.#position += samples.length
  }

  /** @returns a copy of the samples from `from` to `to`, as far as they are still there */
  read(from: number, to: number = this.#position): Int16Array<ArrayBuffer> {
    const end = Math.min(to, this.#position)
    const begin = Math.min(end, Math.max(from, this.#position - this.#ring.length, 0))
    const out = new Int16Array(end - begin)
    const start = begin % this.#ring.length
    const head = this.#ring.subarray(start, Math.min(this.#ring.length, start + out.length))
    out.set(head)
    out.set(this.#ring.subarray(0, out.length - head.length), head.length)
    return out
  }
}
