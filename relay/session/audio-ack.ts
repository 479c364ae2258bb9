/** The contract asks for one at least every 250 ms while audio flows; the rest is for a busy event loop. */
const ACK_INTERVAL_MS = 230

/** Tells the client which microphone frame the brain has, so that it need not keep it: often enough, and once for many. */
export class AudioAck {
  readonly #send: (seq: number) => void
  #newestSeq: number | undefined
  #isDue = false
  /** One for all acknowledgements: a new one each time would outlive its collection and fill the heap. */
  #timer: NodeJS.Timeout | undefined

  /** @param newestSeq the newest frame that was handed over before, if any was */
  constructor(newestSeq: number | undefined, send: (seq: number) => void) {
    this.#newestSeq = newestSeq
    this.#send = send
  }

  /** Newest microphone frame that need not be sent again: the brain has it, or nobody wants it. */
  get newestSeq(): number | undefined {
    return this.#newestSeq
  }

  /** This frame was handed to the brain. */
  handed(seq: number): void {
    this.#newestSeq = seq
    if (this.#isDue) return
    this.#isDue = true
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#tell(), ACK_INTERVAL_MS)
    else this.#timer.refresh()
  }

  /** The client counts its frames anew. */
  forget(): void {
    this.#newestSeq = undefined
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isDue = false
  }

  #tell(): void {
    this.#isDue = false
    if (this.#newestSeq !== undefined) this.#send(this.#newestSeq)
  }
}
