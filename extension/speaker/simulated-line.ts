import { JitterBuffer } from './jitter-buffer.ts'
import { type LeftOff, type Played } from './playback-messages.ts'
import { SAMPLES_PER_MS } from './speech-queue.ts'

/** A render quantum of Web Audio, samples. */
export const BLOCK = 128

export interface Packet {
  readonly positionMs: number
  readonly samples: Int16Array
  readonly arrivesAtMs: number
}

/** A jitter buffer with everything that came out of it: how tests and benchmarks hear what a line does to speech. */
export class SimulatedLine {
  readonly reports: Played[] = []
  readonly left: LeftOff[] = []
  readonly buffer = new JitterBuffer({
    onPlayed: (played) => this.reports.push(played),
    onLeft: (left) => this.left.push(left),
  })
  readonly #blocks: Float32Array[] = []

  render(blocks: number): void {
    for (let block = 0; block < blocks; block++) {
      const out = new Float32Array(BLOCK).fill(9)
      this.buffer.render(out)
      this.#blocks.push(out)
    }
  }

  get nowMs(): number {
    return (this.#blocks.length * BLOCK) / SAMPLES_PER_MS
  }

  /** Every sample so far, as 16-bit numbers. */
  heard(): number[] {
    return this.#blocks.flatMap((block) => [...block]).map((sample) => Math.round(sample * 32_768))
  }

  /**
   * Lets the packets of a turn come when they come, then its end, and the sound go on until it was heard.
   *
   * @returns from its first packet to its first sound, ms
   */
  listen(turn: number, packets: readonly Packet[]): number {
    const inOrder = packets.toSorted((a, b) => a.arrivesAtMs - b.arrivesAtMs)
    const startMs = inOrder[0]?.arrivesAtMs ?? this.nowMs
    let firstSoundMs: number | undefined
    const tick = () => {
      this.render(1)
      const isSounding = this.reports.some((report) => report.turn === turn && report.playedMs > 0)
      if (isSounding) firstSoundMs ??= this.nowMs - BLOCK / SAMPLES_PER_MS
    }
    for (const packet of inOrder) {
      while (this.nowMs < packet.arrivesAtMs) tick()
      this.buffer.push(turn, packet.positionMs, packet.samples)
    }
    this.buffer.end(turn)
    while (!this.reports.some((report) => report.turn === turn && report.ended)) tick()
    this.render(40)
    return (firstSoundMs ?? startMs) - startMs
  }
}

/** Samples that say which they are: never zero, so that silence can be told from them. */
export function counting(start: number, length: number): Int16Array {
  return Int16Array.from({ length }, (_, index) => ((start + index) % 30_000) + 1)
}

/**
 * A turn in chunks of 40 ms that are sent at `sentAtMs(index)` after `startMs` over a line that delays each by
 * `delayMs(index)`; order is kept, as TCP does.
 */
export function turnOver(
  startMs: number,
  chunks: number,
  delayMs: (index: number) => number,
  sentAtMs: (index: number) => number = (index) => index * 40,
): Packet[] {
  let newestMs = 0
  return Array.from({ length: chunks }, (_, index) => {
    newestMs = Math.max(newestMs, startMs + sentAtMs(index) + delayMs(index))
    return { positionMs: index * 40, samples: counting(index * 960, 960), arrivesAtMs: newestMs }
  })
}
