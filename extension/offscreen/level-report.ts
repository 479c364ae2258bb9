/** The line in the panel moves at most this often. */
const INTERVAL_MS = 1000 / 30

/** Passes on the microphone's loudness at most 30 times a second, evenly: frames come 31 times. */
export class LevelReport {
  readonly #send: (level: number) => void
  #dueMs = 0

  constructor(send: (level: number) => void) {
    this.#send = send
  }

  /** @param level loudness 0–1 */
  report(level: number): void {
    const nowMs = performance.now()
    if (nowMs < this.#dueMs) return
    this.#dueMs = Math.max(this.#dueMs + INTERVAL_MS, nowMs)
    this.#send(level)
  }
}
