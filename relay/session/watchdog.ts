import { type Logger } from '../logger.ts'
import { LONG_AGO_MS } from './long-ago.ts'
import { type Patience } from './session-times.ts'
import { type Turn } from './turn.ts'
import { type Turns } from './turns.ts'

export interface WatchdogParts {
  readonly turns: Turns
  readonly patience: Patience
  /** How many times longer than others the model may think. */
  readonly slowness: () => number
  /** When somebody was last heard, ms of `performance.now`; `Infinity` while the user is still at it. */
  readonly lastSpeechAtMs: () => number
  /** The brain owes an answer, or the rest of one, and is silent: it needs more than patience. */
  readonly onSilence: (turn: Turn) => void
  readonly logger: Logger
}

type Awaited = NonNullable<Turns['waitsFor']>

/** Looks after what the brain owes: without it a brain that falls silent would hold up the conversation for ever. */
export class Watchdog {
  readonly #parts: WatchdogParts
  /** Of those: they are looked at with every piece of speech. */
  readonly #turns: Turns
  /** The brain is away or not read, so its silence means nothing. */
  #isPaused = true
  #waitsFor: Turns['waitsFor']
  #sinceMs = -Infinity
  #lastNewsAtMs = LONG_AGO_MS
  #timer: NodeJS.Timeout | undefined

  constructor(parts: WatchdogParts) {
    this.#parts = parts
    this.#turns = parts.turns
  }

  /** When the brain last said something of the conversation, whole ms of `performance.now`. */
  get lastNewsAtMs(): number {
    return this.#lastNewsAtMs
  }

  /** The brain said something of the conversation. */
  heard(): void {
    this.#lastNewsAtMs = Math.trunc(performance.now())
  }

  /** To be called whenever turns may have changed: starts, goes on or stops waiting for what the brain owes. */
  look(): void {
    if (this.#isPaused) return
    const turns = this.#turns
    const { waitsFor } = turns
    // Late pieces of a cut answer prolong the wait for its end, until somebody said something new.
    const isStillLate = waitsFor === 'end of a cut answer' && turns.open === undefined
    if (waitsFor === this.#waitsFor && !isStillLate) return
    this.#stop()
    this.#waitsFor = waitsFor
    if (waitsFor === undefined) return
    this.#sinceMs = performance.now()
    this.#arm(waitsFor)
  }

  /** The brain is away or not read any more, or is there again: waiting for it stops, or begins anew. */
  setPaused(paused: boolean): void {
    this.#isPaused = paused
    this.#stop()
    this.look()
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#waitsFor = undefined
  }

  #arm(waitsFor: Awaited): void {
    this.#timer = setTimeout(() => this.#due(waitsFor), Math.max(1, this.#dueAtMs(waitsFor) - performance.now()))
  }

  #due(waitsFor: Awaited): void {
    if (this.#dueAtMs(waitsFor) > performance.now()) {
      this.#arm(waitsFor)
      return
    }
    const { turns, logger, onSilence } = this.#parts
    const turn = turns.open
    logger.warn({ waitsFor, turn: turn?.id }, 'the brain owed something and was silent')
    this.#stop()
    const isStuck = waitsFor === 'answer' || (waitsFor === 'end of an answer' && turn?.isGenerated === false)
    if (isStuck && turn !== undefined) onSilence(turn)
    else turns.giveUpWaiting()
    this.look()
  }

  #dueAtMs(waitsFor: Awaited): number {
    const { patience, slowness, turns, lastSpeechAtMs } = this.#parts
    switch (waitsFor) {
      case 'end of a cut answer':
        return this.#sinceMs + patience.cutAnswerMs
      case 'answer after a tool':
        return this.#sinceMs + patience.toolAnswerMs
      case 'answer': {
        const heardAtMs = lastSpeechAtMs()
        // Who holds the button may think as long as they like.
        const sinceMs = heardAtMs === Infinity ? performance.now() : heardAtMs
        return Math.max(this.#sinceMs, this.#lastNewsAtMs, sinceMs) + patience.answerMs * slowness()
      }
      case 'end of an answer': {
        const { firstSentAtMs = -Infinity, audioMs = 0 } = turns.open ?? {}
        return Math.max(this.#sinceMs, this.#lastNewsAtMs, firstSentAtMs + audioMs) + patience.answerEndMs
      }
    }
  }
}
