import { type LeftOff, type Played } from './playback-messages.ts'
import { SAMPLES_PER_MS } from './speech-queue.ts'

/**
 * Where in a turn the output is between two reports of the audio thread, as the page can know it: the context counts its
 * frames in both. Exact to a render block as long as the speech does not run dry.
 */
export class PositionClock {
  #told: { readonly turn: number; readonly playedMs: number; readonly atFrame: number; readonly ended: boolean } = {
    turn: 0,
    playedMs: 0,
    atFrame: 0,
    ended: true,
  }
  /** Up to where speech of the newest turns was handed over, ms. */
  readonly #givenMs = new Map<number, number>()

  /** Speech was handed to the audio thread. */
  given(turn: number, endMs: number): void {
    this.#givenMs.set(turn, Math.max(endMs, this.#givenMs.get(turn) ?? 0))
  }

  /** The audio thread reported. */
  told(report: Played & { readonly atFrame: number }): void {
    this.#told = report
    for (const turn of this.#givenMs.keys()) {
      if (turn < report.turn || (turn === report.turn && report.ended)) this.#givenMs.delete(turn)
    }
  }

  /** @param frame of the context: samples before it went to the output */
  at(frame: number): LeftOff {
    const { turn, playedMs, atFrame, ended } = this.#told
    if (ended) return { turn, playedMs }
    const reckonedMs = playedMs + Math.max(0, frame - atFrame) / SAMPLES_PER_MS
    return { turn, playedMs: Math.max(playedMs, Math.min(reckonedMs, this.#givenMs.get(turn) ?? playedMs)) }
  }
}
