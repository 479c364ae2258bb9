import { type TurnUsage } from '../../shared/protocol/server-message.ts'
import { Turn } from './turn.ts'

/** What becomes of turns, told in the order in which a client is to hear of it. */
export interface TurnSink {
  started(turn: Turn): void
  words(turn: Turn, role: 'user' | 'assistant', text: string): void
  /** The first sign of its answer. */
  answerBegan(turn: Turn): void
  /** The answer is to fall silent now. */
  interrupted(turn: Turn): void
  /** Words of the user that are to be stored. */
  userSaid(turn: Turn, text: string, id?: string): void
  /** The answer is to be stored: whole, as far as it was heard, or as far as it came before the brain was lost. */
  answered(turn: Turn, extent: 'whole' | 'heard' | 'broken'): void
  /** Nothing more will come of this turn. */
  completed(turn: Turn): void
}

/**
 * Sorts what user and brain say into turns. No clock, no socket: only the order of events counts.
 *
 * Gemini gives no ids to its answers, so three rules stand in for them. After `interrupted` everything until the next
 * `turnComplete` belongs to the cut answer and is dropped, and that `turnComplete` ends no other turn. It may be missing:
 * what is asked after the brain stopped is answered by what comes then. A `turnComplete` while a tool runs, or before its
 * answer was spoken about, does not end the turn.
 */
export class Turns {
  readonly #sink: TurnSink
  #newest: number
  #open: Turn | undefined
  /** The turn that was interrupted last, while the brain may still speak of it. */
  #cut: Turn | undefined
  /**
   * Whether what comes may be of a cut answer. `cutting`: the user cut it, and the brain has not stopped yet; `dropping`:
   * it has, and pieces may be late; `pairing`: none will come, but a `turnComplete` may.
   */
  #stale: 'no' | 'cutting' | 'dropping' | 'pairing' = 'no'
  /** Words heard during an answer, after those it answers: of the next utterance if it interrupts, else late ones. */
  #heardMeanwhile = ''

  /** @param newest number of the newest turn there was before */
  constructor(sink: TurnSink, newest = 0) {
    this.#sink = sink
    this.#newest = newest
  }

  /** Number of the newest turn, 0 before the first. */
  get newest(): number {
    return this.#newest
  }

  /** The turn that is under way. */
  get open(): Turn | undefined {
    return this.#open
  }

  /** What the brain owes: if it stays silent about it, {@link giveUpWaiting} goes on. */
  get waitsFor(): 'end of a cut answer' | 'answer after a tool' | 'answer' | 'end of an answer' | undefined {
    if (this.#stale !== 'no') return 'end of a cut answer'
    const turn = this.#open
    if (turn === undefined || turn.pendingTools > 0) return undefined
    if (turn.isEndAnnounced) return 'answer after a tool'
    if (turn.phase === 'answering' && !turn.owesAnswer) return 'end of an answer'
    // Without a word that was understood it may have been no speech at all.
    return turn.owesAnswer || turn.userText.trim() !== '' ? 'answer' : undefined
  }

  /** The user spoke. @param isFinished the brain says that this is the whole utterance */
  userWords(text: string, isFinished: boolean): void {
    if (this.#open === undefined && text.trim() === '') return
    const turn = this.#open ?? this.#begin()
    if (isRepetition(turn, text, isFinished)) return
    if (turn.isUserStored) {
      this.#heardMeanwhile += text
      return
    }
    // Fragments join as they are, for they split inside words; whole utterances do not.
    const words = turn.isUserFinished && /^\S/.test(text) ? ` ${text}` : text
    turn.isUserFinished = isFinished
    turn.userText += words
    if (isFinished) this.#asked()
    const news = turn.userText.slice(Math.max(turn.toldBefore, turn.userText.length - words.length))
    if (news !== '') this.#sink.words(turn, 'user', news)
  }

  /** The user typed: ends what is under way, a spoken answer by interruption. @param nowMs when the text arrived */
  typed(id: string, text: string, nowMs: number): void {
    this.#asked()
    if (this.#open?.phase === 'answering') this.#interrupt(this.#open, 'cutting')
    // Also what was heard while the cut answer spoke, which is a turn of its own by now.
    if (this.#open !== undefined) this.#finish(this.#open)
    const turn = this.#begin()
    turn.userText = text
    turn.isUserStored = true
    turn.clock.speechEnded(nowMs)
    turn.clock.mark('inputFinal', nowMs)
    this.#sink.userSaid(turn, text, id)
  }

  /**
   * Speech came. @param durationMs how long it lasts
   * @returns the turn it belongs to, already longer by it; undefined when it is late and to be dropped
   */
  answerAudio(durationMs: number): Turn | undefined {
    if (this.#isLate) return undefined
    const turn = this.#answer()
    turn.audioMs += durationMs
    return turn
  }

  answerWords(text: string): void {
    if (this.#isLate) return
    const turn = this.#answer()
    turn.fragments.push({ text, startMs: turn.audioMs })
    this.#sink.words(turn, 'assistant', text)
  }

  /** The answer is whole; it ends with `turnComplete`, when it would have been played. */
  generationComplete(): void {
    if (this.#stale === 'no' && this.#open?.phase === 'answering') this.#open.isGenerated = true
  }

  /** The model called a tool: always of a new answer, since a cut one calls none. @returns the turn it belongs to */
  toolCalled(): Turn {
    const turn = this.#answer()
    turn.pendingTools++
    return turn
  }

  /** One call of `turn` came to its end. @param isAnswered the brain was told, so that it will speak about it */
  toolSettled(turn: Turn, isAnswered: boolean): void {
    turn.pendingTools--
    if (isAnswered) turn.owesAnswer = true
  }

  /** The brain stopped its answer because the user began to speak. */
  brainInterrupted(): void {
    const turn = this.#open
    if (turn === undefined) {
      if (this.#stale === 'no') this.#stale = 'pairing'
      else if (this.#stale === 'cutting') this.#stale = 'dropping'
    } else if (turn.phase === 'answering') this.#interrupt(turn, 'dropping')
    // The user went on speaking before anything of the answer was out: still the same utterance.
    else this.#stale = 'dropping'
  }

  /**
   * The user pressed stop while hearing `turnId`.
   *
   * @returns the turn that was cut; undefined when it is not under way (any more)
   */
  stopped(turnId: number): Turn | undefined {
    const turn = this.#open
    if (turn?.id !== turnId) return undefined
    this.#interrupt(turn, 'cutting')
    return turn
  }

  turnComplete(): void {
    if (this.#stale !== 'no') {
      this.#stale = 'no'
      return
    }
    const turn = this.#open
    if (turn === undefined) return
    if (turn.pendingTools > 0 || turn.owesAnswer) turn.isEndAnnounced = true
    else this.#finish(turn)
  }

  usage(usage: TurnUsage): void {
    const turn = this.#isLate ? this.#cut : this.#open
    if (turn !== undefined) turn.usage = usage
  }

  /** The brain stayed silent about what {@link waitsFor} names. */
  giveUpWaiting(): void {
    if (this.#stale !== 'no') this.#stale = 'no'
    else if (this.#open !== undefined) this.#finish(this.#open)
  }

  /**
   * The brain is gone, and with it everything it was about to say.
   *
   * @param repeated what the next one is given again of what was not answered: that turn goes on
   * @returns whether a turn was cut by that
   */
  brainLost(repeated: 'sound' | 'words' | undefined): boolean {
    this.#stale = 'no'
    const turn = this.#open
    if (turn === undefined) return false
    if (turn.phase === 'answering' || repeated === undefined) {
      this.#finish(turn, 'broken')
      return true
    }
    if (repeated === 'sound' && !turn.isUserStored) {
      turn.toldBefore = Math.max(turn.toldBefore, turn.userText.length)
      turn.userText = ''
      turn.isUserFinished = false
    }
    return false
  }

  #begin(): Turn {
    const turn = new Turn(++this.#newest)
    this.#open = turn
    this.#sink.started(turn)
    return turn
  }

  /** A sign of an answer came. @returns its turn */
  #answer(): Turn {
    this.#stale = 'no'
    const turn = this.#open ?? this.#begin()
    if (turn.phase === 'listening') {
      turn.phase = 'answering'
      this.#sink.answerBegan(turn)
      this.#storeUser(turn)
    }
    turn.owesAnswer = false
    turn.isEndAnnounced = false
    turn.isGenerated = false
    return turn
  }

  /** Pieces of an answer belong to the one that was cut. */
  get #isLate(): boolean {
    return this.#stale === 'cutting' || this.#stale === 'dropping'
  }

  /** The user asked something: a brain that has stopped speaks about nothing else from now on. */
  #asked(): void {
    if (this.#stale === 'dropping') this.#stale = 'pairing'
  }

  /** @param stale who cut it: the user, or the brain, which has stopped by now */
  #interrupt(turn: Turn, stale: 'cutting' | 'dropping'): void {
    this.#stale = turn.isEndAnnounced ? 'pairing' : stale
    this.#cut = turn
    this.#open = undefined
    this.#sink.interrupted(turn)
    this.#storeUser(turn)
    this.#sink.answered(turn, 'heard')
    this.#sink.completed(turn)
    const words = this.#takeHeardMeanwhile()
    if (words !== '') this.userWords(words, false)
  }

  #finish(turn: Turn, extent: 'whole' | 'broken' = 'whole'): void {
    this.#open = undefined
    this.#storeUser(turn)
    this.#sink.answered(turn, extent)
    const late = this.#takeHeardMeanwhile().trim()
    if (late !== '') this.#sink.userSaid(turn, late)
    this.#sink.completed(turn)
  }

  #storeUser(turn: Turn): void {
    const text = turn.userText.trim()
    if (turn.isUserStored || text === '') return
    turn.isUserStored = true
    this.#sink.userSaid(turn, text)
  }

  #takeHeardMeanwhile(): string {
    const words = this.#heardMeanwhile
    this.#heardMeanwhile = ''
    return words
  }
}

/** Some models say a finished transcript twice (gemini-live-api-examples#48). */
function isRepetition(turn: Turn, text: string, isFinished: boolean): boolean {
  const known = turn.userText.trim()
  return known !== '' && text.trim() === known && (isFinished || turn.isUserStored)
}
