import { MICROPHONE_FRAME_SAMPLES, MICROPHONE_RATE_HZ, pcmDurationMs } from '../audio/audio-format.ts'
import { isSeqAtOrBelow, type MicrophoneFrame } from '../protocol/media-frame.ts'

/** What the contract promises to keep of the microphone, ms (docs/protocol.md §2.5). */
const KEPT_MS = 5000

/** 157 frames of 32 ms. */
export const RING_FRAMES = Math.ceil((KEPT_MS * MICROPHONE_RATE_HZ) / 1000 / MICROPHONE_FRAME_SAMPLES)

interface KeptFrame {
  readonly seq: number
  readonly timeMs: number
  readonly payload: Uint8Array
  /** The hold it was said in (`held-talk.ts`). */
  readonly hold: number
  replayed: boolean
}

/**
 * The last 5 s of the microphone: frames wait here until they can be sent, and stay until the relay has handed them
 * to the brain, so that words spoken around a lost connection are not lost with it.
 */
export class UplinkRing {
  /** Oldest first, at most {@link RING_FRAMES}. */
  readonly #frames: KeptFrame[] = []
  /** How many of the oldest were given to the present socket. */
  #sent = 0
  #nextSeq: number
  #lostMs = 0
  #isPaused = false

  /** @param firstSeq number of the first frame, so that a test can begin near the wrap at 2³² */
  constructor(firstSeq = 1) {
    this.#nextSeq = firstSeq >>> 0
  }

  /**
   * Keeps a copy of one frame and numbers it; the oldest falls off when the ring is full.
   *
   * @param pcm PCM16 mono 16 kHz
   * @param timeMs capture time of the first sample
   * @param hold the hold it was said in, 0: none
   */
  push(pcm: Uint8Array, timeMs: number, hold = 0): void {
    if (this.#frames.length === RING_FRAMES) this.#dropOldest()
    this.#isPaused = false
    this.#frames.push({ seq: this.#nextSeq, timeMs, payload: pcm.slice(), hold, replayed: false })
    this.#nextSeq = (this.#nextSeq + 1) >>> 0
  }

  /** @returns the next frame the present socket has not had, now taken as sent; undefined when it had all. */
  next(): MicrophoneFrame | undefined {
    const frame = this.#frames[this.#sent]
    if (frame === undefined) return undefined
    this.#sent++
    const { seq, timeMs, payload, replayed } = frame
    return { kind: 'microphone', seq, timeMs, payload, replayed }
  }

  /** The hold of what `next` will give; undefined when there is nothing. */
  get nextHold(): number | undefined {
    return this.#frames[this.#sent]?.hold
  }

  /** Forgets what the brain has: sent frames up to and including `seq`. */
  acknowledge(seq: number): void {
    while (this.#sent > 0 && this.#startsAtOrBelow(seq)) this.#forgetOldest()
  }

  /**
   * A new socket: everything that was not acknowledged is to be sent again, in order.
   *
   * @param replay whether there was a session before, so that these frames bear the replayed flag
   * @param handedSeq newest frame the brain is known to have, where the relay could say
   */
  rewind(replay: boolean, handedSeq?: number): void {
    if (handedSeq !== undefined) this.acknowledge(handedSeq)
    this.#sent = 0
    if (replay) for (const frame of this.#frames) frame.replayed = true
  }

  /** The microphone stopped after the newest frame; the next one re-opens it. */
  pause(): void {
    this.#isPaused = true
  }

  /** Whether a pause stands at the end of what is kept, so that it has to be said again where the frames are. */
  get endsInPause(): boolean {
    return this.#isPaused && this.#frames.length > 0
  }

  /** @returns how much fell off without ever having been sent since the last call, ms. */
  takeLostMs(): number {
    const lostMs = this.#lostMs
    this.#lostMs = 0
    return lostMs
  }

  #startsAtOrBelow(seq: number): boolean {
    const oldest = this.#frames[0]
    return oldest !== undefined && isSeqAtOrBelow(oldest.seq, seq)
  }

  #dropOldest(): void {
    const oldest = this.#frames[0]
    // One that was sent is on its way; only the relay can tell whether it arrived.
    if (oldest !== undefined && this.#sent === 0) {
      this.#lostMs += pcmDurationMs(oldest.payload.byteLength, MICROPHONE_RATE_HZ)
    }
    this.#forgetOldest()
  }

  #forgetOldest(): void {
    this.#frames.shift()
    this.#sent = Math.max(0, this.#sent - 1)
  }
}
