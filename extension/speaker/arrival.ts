import { LONGEST_WAIT_MS, type TargetDelay } from './target-delay.ts'

/** A gap this long is the speaker thinking (a tool runs), not the line; it teaches nothing about jitter. */
const PAUSE_MS = 1000
/** A shorter turn says too little about the line to make it trusted again. */
const TELLING_TURN_MS = 1000
/** A sender that gets further ahead than this does not send as it speaks: being early is no jitter then. */
const LIVE_LEAD_MS = 250
/** After the speech ran dry it waits for this much more than it was late; twice as much after each further time. */
const RESUME_MARGIN_MS = 40
const MAX_RESUME_MARGIN_MS = 320

/** How the speech of one turn comes in: its first chunk is what all others are measured against. */
export class Arrival {
  readonly #delay: TargetDelay
  readonly #firstChunkMs: number
  /** When the turn's position 0 would have come with the chunk that counts as the first, ms on the buffer's clock. */
  #originMs: number
  /** How late and how early chunks came, ms; never below 0. */
  #latestMs = 0
  #earliestMs = 0
  #receivedMs: number
  #ranDry = 0
  #isDry = false
  /** No more will come. */
  complete = false

  /**
   * @param nowMs the buffer's clock
   * @param positionMs position of its first sample in the turn
   * @param durationMs of the first chunk
   */
  constructor(delay: TargetDelay, nowMs: number, positionMs: number, durationMs: number) {
    this.#delay = delay
    this.#originMs = nowMs - positionMs
    this.#firstChunkMs = durationMs
    this.#receivedMs = durationMs
  }

  /** Another chunk came. */
  note(nowMs: number, positionMs: number, durationMs: number): void {
    this.#receivedMs += durationMs
    const originMs = nowMs - positionMs
    const lateMs = originMs - this.#originMs
    if (lateMs >= PAUSE_MS) this.#ranDry = 0
    else {
      this.#delay.observe(lateMs)
      if (this.#isDry) this.#delay.ranDry()
    }
    this.#isDry = false
    if (lateMs > LONGEST_WAIT_MS) {
      // Later than anybody waits: what comes from here on is measured against this chunk.
      this.#originMs = originMs
      this.#latestMs = 0
      this.#earliestMs = 0
    } else {
      this.#latestMs = Math.max(this.#latestMs, lateMs)
      this.#earliestMs = Math.max(this.#earliestMs, -lateMs)
    }
  }

  /** It ran dry before its end. */
  ranDry(): void {
    this.#ranDry++
    this.#isDry = true
  }

  /**
   * Whether speech that stands still may go on: it waited long enough, or so much came at once that the sender is known
   * to be ahead.
   *
   * @param positionMs of the next sample
   * @param queuedMs what waits of all turns
   */
  mayPlay(nowMs: number, positionMs: number, queuedMs: number): boolean {
    if (this.complete) return true
    const waitedMs = nowMs - this.#originMs - positionMs
    const leadMs = this.#delay.trustsLead ? queuedMs - this.#firstChunkMs : 0
    return Math.max(waitedMs, leadMs) >= this.#waitMs
  }

  /** Whether it plays closer to the line than the line allows by now: the next pause may be made longer. */
  isTight(nowMs: number, positionMs: number, queuedMs: number): boolean {
    const waitedMs = nowMs - this.#originMs - positionMs
    return !this.complete && Math.max(waitedMs, queuedMs) < this.#delay.ms
  }

  /** Closes the books: what this turn says about the line, if it was long enough to say anything. */
  close(): void {
    if (this.#receivedMs < TELLING_TURN_MS) return
    // By chance the first chunk was late itself; the next turn's may be punctual.
    if (this.#earliestMs <= LIVE_LEAD_MS) this.#delay.observe(this.#latestMs + this.#earliestMs)
    this.#delay.turnOver()
  }

  get #waitMs(): number {
    if (this.#ranDry === 0) return this.#delay.ms
    const marginMs = Math.min(MAX_RESUME_MARGIN_MS, RESUME_MARGIN_MS * 2 ** (this.#ranDry - 1))
    return Math.max(this.#delay.ms, this.#latestMs + marginMs)
  }
}
