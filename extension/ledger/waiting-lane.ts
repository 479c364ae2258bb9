type Bytes = string | Uint8Array<ArrayBuffer>

interface Waiting {
  readonly data: Bytes
  readonly mayLeave: () => boolean
}

/** Keeps the order of what waits for its turn. Its bound is the sender's: what is held here counts as not yet sent. */
export class WaitingLane {
  readonly #leave: (data: Bytes) => void
  #waiting: Waiting[] = []
  #heldBytes = 0

  constructor(leave: (data: Bytes) => void) {
    this.#leave = leave
  }

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** @param mayLeave asked until it answers yes, which it does once */
  push(data: Bytes, mayLeave: () => boolean): void {
    this.#waiting.push({ data, mayLeave })
    this.#heldBytes += data.length
    this.drain()
  }

  drain(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (!first.mayLeave()) return
      this.#waiting.shift()
      this.#heldBytes -= first.data.length
      this.#leave(first.data)
    }
  }

  clear(): void {
    this.#waiting = []
    this.#heldBytes = 0
  }
}
