import { SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { Declick } from './declick.ts'
import { type Played } from './playback-messages.ts'
import { TargetDelay } from './target-delay.ts'

const SAMPLES_PER_MS = SPEECH_RATE_HZ / 1000
/** A brain sends faster than it is heard: an answer of five minutes fits (14 MB). What comes above it is dropped. */
const MAX_QUEUED_SAMPLES = 5 * 60 * SPEECH_RATE_HZ
/** While it speaks, the position is told this often: so much is heard twice when another page has to go on. */
const REPORT_EVERY_MS = 200
/** A gap this long is the speaker thinking (a tool runs), not the line; it teaches nothing about jitter. */
const PAUSE_MS = 1000
/** A shorter turn says too little about the line to make it trusted again. */
const TELLING_TURN_MS = 1000

interface Chunk {
  readonly turn: number
  readonly positionMs: number
  readonly samples: Int16Array
}

/** How a turn came in: its first chunk is what all others are measured against. */
interface Arrival {
  /** When the turn's position 0 would have come with the first chunk, ms on the buffer's clock. */
  originMs: number
  readonly firstChunkSamples: number
  receivedMs: number
  complete: boolean
}

/**
 * Holds speech between the line and the output: waits as long as the line needs, hands the samples out in order, and falls
 * silent at once when told to. Pure: its clock is the number of samples it was asked for.
 */
export class JitterBuffer {
  readonly #onPlayed: (played: Played) => void
  readonly #delay = new TargetDelay()
  readonly #declick = new Declick()
  readonly #arrivals = new Map<number, Arrival>()
  #chunks: Chunk[] = []
  /** Samples of the first chunk that are already out. */
  #offset = 0
  #queuedSamples = 0
  #renderedSamples = 0
  #playing = false
  #underruns = 0
  #heard: { turn: number; ms: number; reportedMs: number } | undefined

  constructor(onPlayed: (played: Played) => void) {
    this.#onPlayed = onPlayed
  }

  /** Times a turn ran dry before its end. */
  get underruns(): number {
    return this.#underruns
  }

  get queuedMs(): number {
    return this.#queuedSamples / SAMPLES_PER_MS
  }

  /**
   * Appends speech.
   *
   * @param positionMs position of the first sample in the turn, ms
   * @returns false when it was dropped because five minutes are waiting already
   */
  push(turn: number, positionMs: number, samples: Int16Array): boolean {
    if (samples.length === 0) return true
    if (this.#queuedSamples + samples.length > MAX_QUEUED_SAMPLES) return false
    this.#noteArrival(turn, positionMs, samples.length)
    this.#chunks.push({ turn, positionMs, samples })
    this.#queuedSamples += samples.length
    return true
  }

  /** No more speech will come for this turn. */
  end(turn: number): void {
    const arrival = this.#arrivals.get(turn)
    if (arrival === undefined) return
    arrival.complete = true
    if (!this.#chunks.some((chunk) => chunk.turn === turn)) this.#finish(turn)
  }

  /** Forgets this turn and those before it, and reports how far it was heard. */
  interrupt(turn: number): void {
    const head = this.#chunks[0]
    if (head !== undefined && head.turn <= turn) {
      if (this.#playing) this.#declick.cut()
      this.#playing = false
      this.#offset = 0
    }
    this.#chunks = this.#chunks.filter((chunk) => chunk.turn > turn)
    this.#queuedSamples = this.#chunks.reduce((sum, chunk) => sum + chunk.samples.length, 0 - this.#offset)
    for (const known of this.#arrivals.keys()) if (known <= turn) this.#arrivals.delete(known)
    this.#onPlayed({ turn, playedMs: this.#heardMs(turn), ended: true })
  }

  /** Fills `out` with what is to be heard now; silence where there is nothing. */
  render(out: Float32Array): void {
    let at = 0
    while (at < out.length) {
      const count = this.#play(out, at)
      if (count === 0) break
      at += count
    }
    this.#declick.silence(out, at)
    this.#renderedSamples += out.length
  }

  #noteArrival(turn: number, positionMs: number, samples: number): void {
    const originMs = this.#renderedSamples / SAMPLES_PER_MS - positionMs
    const arrival = this.#arrivals.get(turn)
    if (arrival === undefined) {
      const receivedMs = samples / SAMPLES_PER_MS
      this.#arrivals.set(turn, { originMs, firstChunkSamples: samples, receivedMs, complete: false })
      return
    }
    arrival.receivedMs += samples / SAMPLES_PER_MS
    const latenessMs = originMs - arrival.originMs
    if (latenessMs < PAUSE_MS) this.#delay.observe(latenessMs)
    else arrival.originMs = originMs
  }

  /** @returns how many samples of the first chunk went to `out`; 0 when it is not yet time, or there is none */
  #play(out: Float32Array, at: number): number {
    const head = this.#chunks[0]
    if (head === undefined) return 0
    if (!this.#playing) {
      if (!this.#mayStart(head)) return 0
      this.#start(head)
    }
    const count = Math.min(out.length - at, head.samples.length - this.#offset)
    for (let index = 0; index < count; index++) out[at + index] = (head.samples[this.#offset + index] ?? 0) / 32_768
    this.#declick.signal(out, at, at + count)
    this.#offset += count
    this.#queuedSamples -= count
    this.#reachPosition(head.positionMs + this.#offset / SAMPLES_PER_MS)
    if (this.#offset === head.samples.length) this.#leave(head.turn)
    return count
  }

  /** Whether it has waited long enough, or so much came at once that the sender is known to be ahead. */
  #mayStart(head: Chunk): boolean {
    const arrival = this.#arrivals.get(head.turn)
    if (arrival === undefined || arrival.complete) return true
    const waitedMs = this.#renderedSamples / SAMPLES_PER_MS - arrival.originMs - head.positionMs
    const aheadMs = (this.#queuedSamples - arrival.firstChunkSamples) / SAMPLES_PER_MS
    return Math.max(waitedMs, aheadMs) >= this.#delay.ms
  }

  #start(head: Chunk): void {
    this.#playing = true
    if (this.#heard?.turn === head.turn) return
    // A turn whose end was never told is over when the next one begins.
    if (this.#heard !== undefined && this.#arrivals.has(this.#heard.turn)) this.#finish(this.#heard.turn)
    this.#heard = { turn: head.turn, ms: head.positionMs, reportedMs: head.positionMs }
  }

  /** The first chunk is out: on with the next, or wait for it, or the turn is over. */
  #leave(turn: number): void {
    this.#chunks.shift()
    this.#offset = 0
    const next = this.#chunks[0]
    if (next?.turn === turn) return
    this.#playing = false
    if (next === undefined && this.#arrivals.get(turn)?.complete !== true) {
      this.#underruns++
      this.#declick.cut()
    } else this.#finish(turn)
  }

  #finish(turn: number): void {
    if ((this.#arrivals.get(turn)?.receivedMs ?? 0) >= TELLING_TURN_MS) this.#delay.turnOver()
    this.#arrivals.delete(turn)
    this.#onPlayed({ turn, playedMs: this.#heardMs(turn), ended: true })
  }

  #reachPosition(ms: number): void {
    const heard = this.#heard
    if (heard === undefined) return
    heard.ms = ms
    if (ms - heard.reportedMs < REPORT_EVERY_MS) return
    heard.reportedMs = ms
    this.#onPlayed({ turn: heard.turn, playedMs: ms, ended: false })
  }

  #heardMs(turn: number): number {
    return this.#heard?.turn === turn ? this.#heard.ms : 0
  }
}
