import { MICROPHONE_FRAME_SAMPLES, MICROPHONE_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { FrameSlicer } from '../../shared/audio/frame-slicer.ts'
import { pcm16ToBytes } from '../../shared/audio/pcm16.ts'

const FRAME_MS = (MICROPHONE_FRAME_SAMPLES / MICROPHONE_RATE_HZ) * 1000

/** A machine that slept longer than this goes on from now instead of sending everything at once, ms. */
const MOST_CATCH_UP_MS = 1000

/** @param pcm one frame, PCM16 mono little-endian 16 kHz @param capturedAtMs time of its first sample, monotonic ms */
export type SendFrame = (pcm: Uint8Array<ArrayBuffer>, capturedAtMs: number) => void

/**
 * A microphone that hears recordings: one frame every 32 ms of real time, silence in between, as an open microphone in a
 * quiet room does; the brain's voice detection needs that silence to know that a turn is over.
 */
export class PacedMicrophone {
  readonly #send: SendFrame
  readonly #silence = new Uint8Array(MICROPHONE_FRAME_SAMPLES * 2)
  readonly #waiting: { readonly frames: Int16Array<ArrayBuffer>[]; readonly done: (endedAtMs: number) => void }[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #nextAtMs = 0

  constructor(send: SendFrame) {
    this.#send = send
  }

  /** Opens it; from now on there are frames until the signal aborts. */
  open(signal: AbortSignal): void {
    if (this.#timer !== undefined || signal.aborted) return
    this.#nextAtMs = performance.now()
    signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true })
    this.#tick()
  }

  /**
   * Speaks a recording into it.
   *
   * @param samples mono, 16 kHz
   * @returns when its first sample was captured, ms; resolves when its last was sent
   */
  speak(samples: Int16Array): Promise<number> {
    const slicer = new FrameSlicer(MICROPHONE_FRAME_SAMPLES, Int16Array)
    const frames = slicer.push(samples)
    const rest = slicer.flush()
    if (rest !== undefined) frames.push(rest)
    const lengthMs = frames.length * FRAME_MS
    return new Promise((resolve) => {
      this.#waiting.push({ frames, done: (endedAtMs) => resolve(endedAtMs - lengthMs) })
    })
  }

  #tick(): void {
    const now = performance.now()
    if (now - this.#nextAtMs > MOST_CATCH_UP_MS) this.#nextAtMs = now
    for (; this.#nextAtMs <= now; this.#nextAtMs += FRAME_MS) this.#sendOne(this.#nextAtMs)
    this.#timer = setTimeout(() => this.#tick(), this.#nextAtMs - now)
  }

  /** @param atMs when the frame is complete */
  #sendOne(atMs: number): void {
    const recording = this.#waiting[0]
    const frame = recording?.frames.shift()
    this.#send(frame === undefined ? this.#silence : pcm16ToBytes(frame), atMs - FRAME_MS)
    if (recording?.frames.length !== 0) return
    this.#waiting.shift()
    recording.done(atMs)
  }
}
