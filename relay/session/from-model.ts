import { pcmDurationMs, SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { type BrainEvent } from '../live/live-call.ts'
import { type LiveToolCall } from '../live/live-model.ts'
import { type Logger } from '../logger.ts'
import { type BrowserTools } from './browser-tools.ts'
import { type ToClient } from './downlink.ts'
import { type Turns } from './turns.ts'

export interface FromModelParts {
  readonly turns: Turns
  readonly tools: BrowserTools
  readonly client: ToClient
  /** The first sign of an answer. */
  readonly onAnswer: () => void
  /** What the user said was understood as a whole. */
  readonly onUnderstood: (words: string) => void
  readonly logger: Logger
}

/** What the brain says, and what is to happen. */
export class FromModel {
  readonly #parts: FromModelParts
  /** Of those: they are asked with every piece of speech. */
  readonly #turns: Turns
  readonly #client: ToClient
  /** The newest turn whose answer began. */
  #answered = 0

  constructor(parts: FromModelParts) {
    this.#parts = parts
    this.#turns = parts.turns
    this.#client = parts.client
  }

  handle(event: BrainEvent): void {
    // Speech first: it is nine of ten events.
    if (event.type === 'audio') this.#speak(event.pcm)
    else this.#act(event)
    const turn = this.#turns.open
    if (turn === undefined || turn.phase !== 'answering' || turn.id === this.#answered) return
    this.#answered = turn.id
    this.#parts.onAnswer()
  }

  #speak(pcm: Uint8Array): void {
    const arrivedAtMs = performance.now()
    const durationMs = pcmDurationMs(pcm.byteLength, SPEECH_RATE_HZ)
    const turn = this.#turns.answerAudio(durationMs)
    if (turn === undefined) return
    this.#client.sendSpeech(turn.id, turn.audioMs - durationMs, pcm)
    if (turn.firstSentAtMs !== undefined) return
    turn.firstSentAtMs = performance.now()
    turn.clock.mark('firstAudioUpstream', arrivedAtMs)
    turn.clock.mark('firstAudioSent', turn.firstSentAtMs)
  }

  #act(event: Exclude<BrainEvent, { type: 'audio' }>): void {
    const { turns, tools, logger } = this.#parts
    switch (event.type) {
      case 'inputTranscript':
        this.#userSaid(event.text, event.finished)
        return
      case 'outputTranscript':
        turns.answerWords(event.text)
        return
      case 'interrupted':
        turns.brainInterrupted()
        return
      case 'turnComplete':
        this.#noteCutSentence()
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
      case 'resumption':
    }
  }

  #userSaid(text: string, isFinished: boolean): void {
    const { turns, onUnderstood } = this.#parts
    turns.userWords(text, isFinished)
    const turn = turns.open
    if (turn?.isUserFinished === true && turn.phase === 'listening') onUnderstood(turn.userText)
  }

  /** Some answers end in the middle of a sentence (js-genai#707): nothing can be done, but it should be known. */
  #noteCutSentence(): void {
    const turn = this.#parts.turns.open
    const text = turn?.answerText.trim() ?? ''
    if (text === '' || /[.!?…。！？।:;”"')\]]$/u.test(text)) return
    this.#parts.logger.info({ turn: turn?.id, characters: text.length }, 'an answer ended without a full stop')
  }

  #callTools(calls: readonly LiveToolCall[]): void {
    const { turns, tools } = this.#parts
    for (const call of calls) if (!tools.isRepeated(call)) tools.call(turns.toolCalled(), call)
  }
}
