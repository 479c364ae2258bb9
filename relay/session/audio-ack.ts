/** The contract asks for one at least every 250 ms while audio flows; the rest is for a busy event loop. */
const ACK_INTERVAL_MS = 230

/** Tells the client which microphone frame the brain has, so that it need not keep it: often enough, and once for many. */
export class AudioAck {
  readonly #send: (seq: number) => void
  #newestSeq = 0
  #isDue = false
  /** One for all acknowledgements: a new one each time would outlive its collection and fill the heap. */
  #timer: NodeJS.Timeout | undefined

  constructor(send: (seq: number) => void) {
    this.#send = send
  }

  /** This frame was handed to the brain. */
  handed(seq: number): void {
    this.#newestSeq = seq
    if (this.#isDue) return
    this.#isDue = true
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#tell(), ACK_INTERVAL_MS)
    else this.#timer.refresh()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isDue = false
  }

  #tell(): void {
    this.#isDue = false
    this.#send(this.#newestSeq)
  }
}
