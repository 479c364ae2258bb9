import { pcmDurationMs, SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'

/** Five minutes in all (14 MB): what was said before that is not said again. */
const MAX_KEPT_MS = 5 * 60 * 1000
const SAMPLE_BYTES = 2

export interface SpeechPiece {
  readonly positionMs: number
  readonly pcm: ArrayBuffer
}

/** The sound of the last answers: another page goes on with it to the sample, and it can be heard again. */
export class KeptSpeech {
  /** Oldest turn first. */
  readonly #turns = new Map<number, SpeechPiece[]>()
  #keptMs = 0

  /** Keeps a copy; the oldest answers make room. What is above five minutes of one answer is not kept. */
  add(turn: number, { positionMs, pcm }: SpeechPiece): void {
    const pieces = this.#turns.get(turn) ?? []
    this.#turns.set(turn, pieces)
    for (const oldest of this.#turns.keys()) {
      if (this.#keptMs + durationMs(pcm) <= MAX_KEPT_MS || oldest === turn) break
      this.#drop(oldest)
    }
    if (this.#keptMs + durationMs(pcm) > MAX_KEPT_MS) return
    pieces.push({ positionMs, pcm: pcm.slice(0) })
    this.#keptMs += durationMs(pcm)
  }

  has(turn: number): boolean {
    return (this.#turns.get(turn)?.length ?? 0) > 0
  }

  /** @returns copies, to be given away. @param fromMs position in the turn; before it nothing */
  from(turn: number, fromMs: number): readonly SpeechPiece[] {
    return (this.#turns.get(turn) ?? []).flatMap(({ positionMs, pcm }) => {
      const skippedSamples = Math.max(0, Math.round(((fromMs - positionMs) * SPEECH_RATE_HZ) / 1000))
      const rest = pcm.slice(skippedSamples * SAMPLE_BYTES)
      if (rest.byteLength === 0) return []
      return [{ positionMs: positionMs + (skippedSamples * 1000) / SPEECH_RATE_HZ, pcm: rest }]
    })
  }

  clear(): void {
    this.#turns.clear()
    this.#keptMs = 0
  }

  #drop(turn: number): void {
    for (const { pcm } of this.#turns.get(turn) ?? []) this.#keptMs -= durationMs(pcm)
    this.#turns.delete(turn)
  }
}

function durationMs(pcm: ArrayBuffer): number {
  return pcmDurationMs(pcm.byteLength, SPEECH_RATE_HZ)
}
