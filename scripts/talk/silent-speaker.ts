import { SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { pcm16FromBytes } from '../../shared/audio/pcm16.ts'
import { type SpeechFrame } from '../../shared/protocol/media-frame.ts'

/** Silence between two answers in the file, so that a listener can tell them apart. */
const GAP_MS = 500

/** Speech of one turn: what came, and when each stretch of it sounds without a break. */
interface Answer {
  readonly pieces: Int16Array[]
  readonly stretches: { readonly startsAtMs: number; samples: number }[]
  /** Samples that were heard when the turn was cut off. */
  cutAt?: number
}

/**
 * Plays into memory, in real time: it knows at each moment how much of an answer would have been heard, and keeps it.
 * Times are of one monotonic clock, ms.
 */
export class SilentSpeaker {
  readonly #answers = new Map<number, Answer>()
  #busyUntilMs = 0

  /** When the last sound that came until now is over, ms. */
  get busyUntilMs(): number {
    return this.#busyUntilMs
  }

  /** Queues a frame behind what still sounds. */
  play(frame: SpeechFrame, nowMs: number): void {
    const samples = pcm16FromBytes(frame.payload.slice())
    const answer = this.#answers.get(frame.turn) ?? { pieces: [], stretches: [] }
    this.#answers.set(frame.turn, answer)
    answer.pieces.push(samples)
    const last = answer.stretches.at(-1)
    if (last !== undefined && nowMs <= this.#busyUntilMs) last.samples += samples.length
    else answer.stretches.push({ startsAtMs: Math.max(nowMs, this.#busyUntilMs), samples: samples.length })
    this.#busyUntilMs = Math.max(nowMs, this.#busyUntilMs) + durationMs(samples.length)
  }

  /** Falls silent at once. @returns how much of the turn was heard, ms */
  interrupt(turn: number, nowMs: number): number {
    const answer = this.#answers.get(turn & 0xffff)
    this.#busyUntilMs = Math.min(this.#busyUntilMs, nowMs)
    if (answer === undefined) return 0
    answer.cutAt ??= heardSamples(answer, nowMs)
    return durationMs(answer.cutAt)
  }

  /** @returns how much of the turn was heard until now, ms; undefined when it has no sound */
  playedMs(turn: number, nowMs: number): number | undefined {
    const answer = this.#answers.get(turn & 0xffff)
    return answer === undefined ? undefined : durationMs(answer.cutAt ?? heardSamples(answer, nowMs))
  }

  /** @returns all that was heard: PCM16 mono, 24 kHz, the answers in order with a gap between them */
  recording(): Int16Array<ArrayBuffer> {
    const gap = new Int16Array((GAP_MS / 1000) * SPEECH_RATE_HZ)
    const parts = [...this.#answers.values()].flatMap((answer, index) => {
      const speech = concatenate(answer.pieces)
      return [...(index === 0 ? [] : [gap]), speech.subarray(0, answer.cutAt ?? speech.length)]
    })
    return concatenate(parts)
  }
}

function heardSamples(answer: Answer, nowMs: number): number {
  return answer.stretches.reduce((sum, { startsAtMs, samples }) => {
    const elapsed = Math.floor(((nowMs - startsAtMs) / 1000) * SPEECH_RATE_HZ)
    return sum + Math.max(0, Math.min(samples, elapsed))
  }, 0)
}

function durationMs(samples: number): number {
  return (samples / SPEECH_RATE_HZ) * 1000
}

function concatenate(pieces: readonly Int16Array[]): Int16Array<ArrayBuffer> {
  const whole = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
