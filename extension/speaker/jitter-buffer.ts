import { Arrival } from './arrival.ts'
import { Declick } from './declick.ts'
import { type LeftOff, type Played } from './playback-messages.ts'
import { QuietSpell } from './quiet-spell.ts'
import { SAMPLES_PER_MS, SpeechQueue } from './speech-queue.ts'
import { TargetDelay } from './target-delay.ts'

/** While it speaks, the position is told this often; between two reports a page reckons with the clock. */
const REPORT_EVERY_MS = 200
/** A stop consonant is silent for some 60 ms at most; from here on it may be a pause, and nobody hears it grow. */
const PAUSE_SAMPLES = 60 * SAMPLES_PER_MS
/** Who waits to go on speaking elsewhere is not kept longer by somebody who makes no pause, ms. */
const LONGEST_LEAVING_MS = 1500

export interface JitterBufferListener {
  /** When a turn begins or goes on, five times a second while it plays, at its end, and as the answer to an interruption. */
  onPlayed(played: Played): void
  /** The answer to `leave`. */
  onLeft(left: LeftOff): void
}

/**
 * Holds speech between the line and the output: waits as long as the line needs, hands the samples out in order, and falls
 * silent at once when told to. Pure: its clock is the number of samples it was asked for.
 */
export class JitterBuffer {
  readonly #listener: JitterBufferListener
  readonly #queue = new SpeechQueue()
  readonly #delay = new TargetDelay()
  readonly #declick = new Declick()
  readonly #quiet = new QuietSpell()
  readonly #arrivals = new Map<number, Arrival>()
  #renderedSamples = 0
  #playing = false
  #underruns = 0
  #heard: { turn: number; ms: number; reportedMs: number } | undefined
  #leaveByMs: number | undefined

  constructor(listener: JitterBufferListener) {
    this.#listener = listener
  }

  /** Times a turn ran dry before its end. */
  get underruns(): number {
    return this.#underruns
  }

  get queuedMs(): number {
    return this.#queue.queuedMs
  }

  /** How long the first sample of the next turn would wait, ms. */
  get delayMs(): number {
    return this.#delay.ms
  }

  /**
   * Appends speech.
   *
   * @param positionMs position of the first sample in the turn, ms
   * @returns false when it was dropped because five minutes are waiting already
   */
  push(turn: number, positionMs: number, samples: Int16Array): boolean {
    if (samples.length === 0) return true
    if (!this.#queue.push(turn, positionMs, samples)) return false
    const durationMs = samples.length / SAMPLES_PER_MS
    const arrival = this.#arrivals.get(turn)
    if (arrival !== undefined) arrival.note(this.#nowMs, positionMs, durationMs)
    else this.#arrivals.set(turn, new Arrival(this.#delay, this.#nowMs, positionMs, durationMs))
    return true
  }

  /** No more speech will come for this turn. */
  end(turn: number): void {
    const arrival = this.#arrivals.get(turn)
    if (arrival === undefined) return
    arrival.complete = true
    if (!this.#queue.holds(turn)) this.#finish(turn)
  }

  /** Forgets this turn and those before it, and reports how far it was heard. */
  interrupt(turn: number): void {
    this.#silenceUpTo(turn)
    this.#listener.onPlayed({ turn, playedMs: this.#heardMs(turn), ended: true })
  }

  /** Falls silent at the next pause between words and forgets everything that is left: another page goes on with it. */
  leave(): void {
    this.#leaveByMs ??= this.#nowMs + LONGEST_LEAVING_MS
  }

  /** Fills `out` with what is to be heard now; silence where there is nothing. */
  render(out: Float32Array): void {
    const wasPlaying = this.#playing
    let at = 0
    while (at < out.length) {
      const count = this.#play(out, at)
      if (count === 0) break
      at += count
    }
    this.#declick.silence(out, at)
    this.#quiet.observe(out)
    this.#renderedSamples += out.length
    if (this.#playing) this.#tellPosition(!wasPlaying)
    if (this.#leaveByMs !== undefined) this.#leaveInAPause(this.#leaveByMs)
  }

  get #nowMs(): number {
    return this.#renderedSamples / SAMPLES_PER_MS
  }

  /** @returns how many samples went to `out`; 0 when it is not yet time, or there is none */
  #play(out: Float32Array, at: number): number {
    const next = this.#queue.next
    if (next === undefined || !this.#isTimeFor(next)) return 0
    if (!this.#playing) this.#start(next)
    const count = this.#queue.take(out, at)
    this.#declick.signal(out, at, at + count)
    if (this.#heard !== undefined) this.#heard.ms = next.positionMs + count / SAMPLES_PER_MS
    if (this.#queue.next?.turn !== next.turn) this.#runOut(next.turn)
    return count
  }

  /** A turn that stands still waits for the line; one that plays too close to it makes its next pause longer. */
  #isTimeFor({ turn, positionMs }: { readonly turn: number; readonly positionMs: number }): boolean {
    const arrival = this.#arrivals.get(turn)
    if (arrival === undefined) return true
    const line = [this.#nowMs, positionMs, this.#queue.queuedMs] as const
    if (!this.#playing) return arrival.mayPlay(...line)
    if (this.#quiet.length < PAUSE_SAMPLES || !arrival.isTight(...line)) return true
    this.#stop()
    return false
  }

  #start({ turn, positionMs }: { readonly turn: number; readonly positionMs: number }): void {
    this.#playing = true
    if (this.#heard?.turn === turn) return
    // A turn whose end was never told is over when the next one begins.
    if (this.#heard !== undefined && this.#arrivals.has(this.#heard.turn)) this.#finish(this.#heard.turn)
    this.#heard = { turn, ms: positionMs, reportedMs: positionMs }
  }

  /** All there is of a turn is out: on with the next one, or wait for more, or the turn is over. */
  #runOut(turn: number): void {
    const arrival = this.#arrivals.get(turn)
    if (this.#queue.next === undefined && arrival?.complete !== true) {
      this.#underruns++
      arrival?.ranDry()
      this.#stop()
      return
    }
    this.#playing = false
    this.#finish(turn)
  }

  /** The signal ends here, perhaps in the middle of a wave. */
  #stop(): void {
    this.#playing = false
    this.#declick.cut()
  }

  #silenceUpTo(turn: number): void {
    if (this.#playing && this.#heard !== undefined && this.#heard.turn <= turn) this.#stop()
    this.#queue.dropUpTo(turn)
    for (const known of this.#arrivals.keys()) if (known <= turn) this.#arrivals.delete(known)
  }

  #finish(turn: number): void {
    this.#arrivals.get(turn)?.close()
    this.#arrivals.delete(turn)
    this.#listener.onPlayed({ turn, playedMs: this.#heardMs(turn), ended: true })
  }

  #tellPosition(isDue: boolean): void {
    const heard = this.#heard
    if (heard === undefined || (!isDue && heard.ms - heard.reportedMs < REPORT_EVERY_MS)) return
    heard.reportedMs = heard.ms
    this.#listener.onPlayed({ turn: heard.turn, playedMs: heard.ms, ended: false })
  }

  #leaveInAPause(byMs: number): void {
    if (this.#playing && this.#quiet.length < PAUSE_SAMPLES && this.#nowMs < byMs) return
    this.#leaveByMs = undefined
    this.#silenceUpTo(Infinity)
    const { turn, ms } = this.#heard ?? { turn: 0, ms: 0 }
    this.#listener.onLeft({ turn, playedMs: ms })
  }

  #heardMs(turn: number): number {
    return this.#heard?.turn === turn ? this.#heard.ms : 0
  }
}
