import { pcmDurationMs, SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { type LiveEvent, type LiveToolCall } from '../live/live-model.ts'
import { type Logger } from '../logger.ts'
import { type Outbox } from '../transport/outbox.ts'
import { type BrowserTools } from './browser-tools.ts'
import { type Patience } from './session-times.ts'
import { type Turns } from './turns.ts'

export interface FromModelParts {
  readonly turns: Turns
  readonly tools: BrowserTools
  readonly outbox: Outbox
  readonly patience: Patience
  readonly logger: Logger
}

/** What the brain says, and what is to happen. */
export class FromModel {
  readonly #parts: FromModelParts
  #speechSeq = 0
  #waitsFor: Turns['waitsFor']
  #timer: NodeJS.Timeout | undefined

  constructor(parts: FromModelParts) {
    this.#parts = parts
  }

  handle(event: Exclude<LiveEvent, { type: 'closed' }>): void {
    // Speech first: it is nine of ten events.
    if (event.type === 'audio') this.#speak(event.pcm)
    else this.#act(event)
    this.keepWaiting()
  }

  /** To be called whenever turns may have changed: starts, goes on or stops waiting for what the brain owes. */
  keepWaiting(): void {
    const { turns } = this.#parts
    const { waitsFor } = turns
    // Late pieces of a cut answer prolong the wait for its end, until somebody said something new.
    const isStillLate = waitsFor === 'end of a cut answer' && turns.open === undefined
    if (waitsFor === this.#waitsFor && !isStillLate) return
    this.stop()
    this.#waitsFor = waitsFor
    if (waitsFor === undefined) return
    const { cutAnswerMs, toolAnswerMs } = this.#parts.patience
    const patienceMs = waitsFor === 'end of a cut answer' ? cutAnswerMs : toolAnswerMs
    this.#timer = setTimeout(() => {
      this.#parts.logger.warn({ waitsFor }, 'the brain owed something and was silent')
      turns.giveUpWaiting()
      this.keepWaiting()
    }, patienceMs)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#waitsFor = undefined
  }

  #speak(pcm: Uint8Array): void {
    const arrivedAtMs = performance.now()
    const { turns, outbox } = this.#parts
    const durationMs = pcmDurationMs(pcm.byteLength, SPEECH_RATE_HZ)
    const turn = turns.answerAudio(durationMs)
    if (turn === undefined) return
    this.#speechSeq = (this.#speechSeq + 1) >>> 0
    outbox.sendSpeech(turn.id, this.#speechSeq, turn.audioMs - durationMs, pcm)
    if (turn.firstSentAtMs !== undefined) return
    turn.firstSentAtMs = performance.now()
    turn.clock.mark('firstAudioUpstream', arrivedAtMs)
    turn.clock.mark('firstAudioSent', turn.firstSentAtMs)
  }

  #act(event: Exclude<LiveEvent, { type: 'closed' | 'audio' }>): void {
    const { turns, tools, logger } = this.#parts
    switch (event.type) {
      case 'inputTranscript':
        turns.userWords(event.text, event.finished)
        return
      case 'outputTranscript':
        turns.answerWords(event.text)
        return
      case 'interrupted':
        turns.brainInterrupted()
        return
      case 'turnComplete':
        turns.turnComplete()
        return
      case 'toolCall':
        this.#callTools(event.calls)
        return
      case 'toolCallCancellation':
        tools.takenBack(event.ids)
        return
      case 'usage': {
        const { type: _type, ...usage } = event
        turns.usage(usage)
        return
      }
      case 'goAway':
        logger.info({ timeLeftMs: event.timeLeftMs }, 'the brain will hang up')
        return
      case 'generationComplete':
        turns.generationComplete()
        return
      // A handle to resume with: nobody resumes yet.
      case 'resumption':
    }
  }

  #callTools(calls: readonly LiveToolCall[]): void {
    const { turns, tools } = this.#parts
    for (const call of calls) if (!tools.isRepeated(call)) tools.call(turns.toolCalled(), call)
  }
}
