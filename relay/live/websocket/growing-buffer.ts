const EMPTY = Buffer.alloc(0)

/** The least that is reserved, bytes: most of what comes in pieces is a message or two of speech. */
const LEAST_CAPACITY = 4 * 1024

/** Bytes that came in pieces, copied together. Doubles as it grows, so however small the pieces are it costs one copy of each. */
export class GrowingBuffer {
  #bytes = EMPTY
  #length = 0

  get length(): number {
    return this.#length
  }

  append(piece: Uint8Array): void {
    const length = this.#length + piece.length
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(LEAST_CAPACITY, 2 * this.#bytes.length, length))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(piece, this.#length)
    this.#length = length
  }

  /** @returns everything; the buffer is empty afterwards and keeps nothing of it */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length)
    this.#bytes = EMPTY
    this.#length = 0
    return bytes
  }
}
