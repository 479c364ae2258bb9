import { type LiveConnection } from '../live/live-model.ts'

/** At most two pictures a second reach the brain: more would cost tokens and starve the sound. */
const MIN_GAP_MS = 500

/** With more than this on the way to the brain, bytes, a picture waits for the sound to get through. */
const BUSY_BYTES = 64 * 1024

/** Lets pictures through at the brain's pace; of those that wait only the newest is kept. */
export class PictureGate {
  #connection: LiveConnection | undefined
  #waiting: Uint8Array | undefined
  #passedAtMs = -Infinity
  #timer: NodeJS.Timeout | undefined
  readonly #onPassed: () => void

  /** @param onPassed a picture was handed to the brain */
  constructor(onPassed: () => void = () => undefined) {
    this.#onPassed = onPassed
  }

  /** @param jpeg handed over or copied before the call returns */
  offer(jpeg: Uint8Array): void {
    const connection = this.#connection
    if (connection !== undefined && this.#waitMs(connection) === 0) {
      this.#pass(connection, jpeg)
      return
    }
    this.#waiting = new Uint8Array(jpeg)
    this.#schedule()
  }

  attach(connection: LiveConnection): void {
    this.#connection = connection
    this.#schedule()
  }

  detach(): void {
    this.#connection = undefined
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(): void {
    const connection = this.#connection
    if (connection === undefined || this.#waiting === undefined) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const jpeg = this.#waiting
      if (jpeg !== undefined && this.#waitMs(connection) === 0) this.#pass(connection, jpeg)
      else this.#schedule()
    }, this.#waitMs(connection))
  }

  /** @returns how long to wait before the next picture may pass, 0 when it may now */
  #waitMs(connection: LiveConnection): number {
    const gapMs = Math.ceil(this.#passedAtMs + MIN_GAP_MS - performance.now())
    if (gapMs > 0) return gapMs
    return connection.bufferedBytes() > BUSY_BYTES ? MIN_GAP_MS : 0
  }

  #pass(connection: LiveConnection, jpeg: Uint8Array): void {
    this.#waiting = undefined
    this.#passedAtMs = performance.now()
    connection.sendImage(jpeg)
    this.#onPassed()
  }
}
