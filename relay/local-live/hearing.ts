import { MICROPHONE_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { AudioTape } from './audio-tape.ts'
import { type ListenStream } from './listen/listener.ts'
import { MAX_PIECE_SAMPLES, quietCut } from './listen/quiet-cut.ts'
import { TurnTaking, type TurnEffect, type TurnTakingRules } from './turn-taking.ts'

/** The longest piece, the search for its end, and a second for what is heard meanwhile. */
const TAPE_SAMPLES = MAX_PIECE_SAMPLES + 4 * MICROPHONE_RATE_HZ
/** Frames that may wait for voice detection, 8 s of sound; more, and the client is told to wait by its socket. */
const MAX_WAITING_FRAMES = 250

export interface HearingEvents {
  /** The user began to speak. */
  onSpeechStart(): void
  /** What the turn will be if the silence that has begun goes on. */
  onGuess(words: string): void
  /** Words of the user's turn, in order; the last piece is `finished`. */
  onWords(words: string, finished: boolean): void
  /** The turn is over: all of its words, empty when there were none, and how long it lasted. */
  onUtterance(words: string, durationMs: number): void
  /** More sound waits than can be heard, or no more. */
  onFull(full: boolean): void
  /** Recognition failed; the session cannot go on. */
  onFailure(error: unknown): void
  /** Whether the assistant's voice is in the room now. */
  isAssistantSpeaking(): boolean
}

/** Pieces of one speech that may be recognised at a time; sound that comes faster than that waits. */
const MAX_PIECES_BEHIND = 2

/** What is kept of the silence before the first word of an activity: 0.5 s at 16 kHz. */
const LEAD_SAMPLES = 8_000

/** What came in, in order: an end of the stream must not overtake the sound before it. */
type Waiting =
  | { readonly type: 'frame'; readonly frame: Int16Array; readonly probability: Promise<number> }
  | { readonly type: 'activityStart' | 'activityEnd' | 'audioStreamEnd' }

interface Guess {
  readonly abort: AbortController
  readonly words: Promise<string>
}

/** One session's ear: sound in, the user's turns out. */
export class Hearing {
  readonly #stream: ListenStream
  readonly #turns: TurnTaking
  readonly #rules: TurnTakingRules
  readonly #events: HearingEvents
  readonly #tape = new AudioTape(TAPE_SAMPLES)
  readonly #closed = new AbortController()
  readonly #waiting: Waiting[] = []
  /** The turn being heard, piece by piece, and the words told of it. */
  #pieces: Promise<string>[] = []
  #told: string[] = []
  #guess: Guess | undefined
  #pieceFrom = 0
  /** A voice was heard in this turn; asked only where the client says when turns begin. */
  #isVoiced = false
  #speechMs = 0
  #pumping = false
  #telling = false
  #full = false

  constructor(stream: ListenStream, rules: TurnTakingRules, events: HearingEvents) {
    this.#stream = stream
    this.#rules = rules
    this.#turns = new TurnTaking(rules)
    this.#events = events
  }

  get userSpeaking(): boolean {
    return this.#turns.userSpeaking
  }

  /** @param frame 512 samples at 16 kHz */
  hear(frame: Int16Array): void {
    const probability = this.#stream.voice(frame)
    // A worker that dies rejects everything that waits; the pump meets the first of it.
    probability.catch(() => undefined)
    this.#enqueue({ type: 'frame', frame, probability })
  }

  /** The microphone paused: what was said is complete. */
  streamEnd(): void {
    this.#enqueue({ type: 'audioStreamEnd' })
  }

  /** @returns false when the client may not say so in this mode */
  activity(type: 'activityStart' | 'activityEnd'): boolean {
    if (this.#rules.mode === 'automatic') return false
    this.#enqueue({ type })
    return true
  }

  close(): void {
    this.#closed.abort()
    this.#guess?.abort.abort()
    this.#waiting.length = 0
    this.#stream.close()
  }

  #enqueue(waiting: Waiting): void {
    this.#waiting.push(waiting)
    this.#setFull(this.#waiting.length > MAX_WAITING_FRAMES)
    if (!this.#pumping) void this.#pump()
  }

  async #pump(): Promise<void> {
    this.#pumping = true
    try {
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        const probability = next.type === 'frame' ? await this.#ready(next.probability) : 0
        if (this.#closed.signal.aborted) return
        this.#waiting.shift()
        if (this.#waiting.length < MAX_WAITING_FRAMES / 2) this.#setFull(false)
        if (next.type === 'frame') this.#judge(next.frame, probability)
        else this.#signal(next.type)
      }
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#events.onFailure(error)
    } finally {
      this.#pumping = false
    }
  }

  /** Waits until the frame's turn has come and its probability is known. */
  async #ready(probability: Promise<number>): Promise<number> {
    while (this.#pieces.length - this.#told.length >= MAX_PIECES_BEHIND) await this.#pieces[this.#told.length]
    return probability
  }

  #judge(frame: Int16Array, probability: number): void {
    if (this.#rules.mode === 'automatic') {
      this.#tape.append(frame)
      const assistantSpeaking = this.#events.isAssistantSpeaking()
      this.#apply(this.#turns.handle({ type: 'frame', probability, assistantSpeaking }))
    } else if (this.#turns.userSpeaking) {
      // The client says when it counts: sound outside of an activity is dropped.
      this.#tape.append(frame)
      this.#skipSilence(probability)
    }
    if (this.#turns.userSpeaking) this.#cutLongSpeech()
  }

  /** Who holds a button takes a breath before the first word; of a long silence first, the model makes no words at all. */
  #skipSilence(probability: number): void {
    if (this.#isVoiced || probability < this.#rules.threshold) return
    this.#isVoiced = true
    this.#pieceFrom = Math.max(this.#pieceFrom, this.#tape.position - LEAD_SAMPLES)
  }

  #signal(type: Exclude<Waiting['type'], 'frame'>): void {
    this.#apply(this.#turns.handle({ type, at: this.#tape.position }))
    if (type === 'audioStreamEnd') this.#stream.restart()
  }

  #apply(effects: readonly TurnEffect[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'speechStarted':
          this.#pieceFrom = effect.at
          this.#isVoiced = false
          this.#events.onSpeechStart()
          break
        case 'speculate':
          this.#guessUpTo(effect.to)
          break
        case 'speculationStale':
          this.#dropGuess()
          break
        case 'speechEnded':
          this.#endTurn(effect.to)
          break
      }
    }
  }

  #endTurn(to: number): void {
    const guess = this.#guess
    this.#guess = undefined
    this.#addPiece(to, guess?.words ?? this.#recogniseUpTo(to, false).words)
  }

  /** Very long speech is recognised in pieces while it goes on. */
  #cutLongSpeech(): void {
    if (this.#tape.position - this.#pieceFrom < MAX_PIECE_SAMPLES) return
    this.#dropGuess()
    const samples = this.#tape.read(this.#pieceFrom)
    const to = this.#pieceFrom + quietCut(samples, MAX_PIECE_SAMPLES - 1)
    this.#addPiece(to, this.#recogniseUpTo(to, false).words)
    this.#pieceFrom = to
  }

  #addPiece(to: number, words: Promise<string>): void {
    words.catch(() => undefined)
    this.#pieces.push(words)
    this.#speechMs += ((to - this.#pieceFrom) / MICROPHONE_RATE_HZ) * 1000
    if (!this.#telling) void this.#tell()
  }

  /**
   * Tells pieces in order as they are recognised. A user who goes on before the last one was recognised is not
   * answered yet: what follows belongs to the same turn.
   */
  async #tell(): Promise<void> {
    this.#telling = true
    try {
      for (let piece = this.#pieces[this.#told.length]; piece !== undefined; piece = this.#pieces[this.#told.length]) {
        const words = await piece
        if (this.#closed.signal.aborted) return
        this.#told.push(words)
        const isLast = this.#told.length === this.#pieces.length && !this.userSpeaking
        if (words !== '' || (isLast && this.#told.some(Boolean))) this.#events.onWords(words, isLast)
        if (isLast) this.#finishTurn()
      }
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#events.onFailure(error)
    } finally {
      this.#telling = false
    }
  }

  #finishTurn(): void {
    const words = this.#told.filter(Boolean).join(' ')
    const speechMs = this.#speechMs
    this.#pieces = []
    this.#told = []
    this.#speechMs = 0
    this.#events.onUtterance(words, speechMs)
  }

  #recogniseUpTo(to: number, speculative: boolean): Guess {
    const abort = new AbortController()
    const signal = AbortSignal.any([abort.signal, this.#closed.signal])
    const words = this.#stream.recognise(this.#tape.read(this.#pieceFrom, to), { speculative, signal })
    words.catch(() => undefined)
    return { abort, words }
  }

  #guessUpTo(to: number): void {
    const guess = this.#recogniseUpTo(to, true)
    this.#guess = guess
    // Pieces before it would have to be waited for; so long a speech has no hurry. A failure is met at its end.
    const tell = (words: string) => {
      if (this.#guess === guess && this.#pieces.length === 0 && words !== '') this.#events.onGuess(words)
    }
    void guess.words.then(tell, () => undefined)
  }

  #dropGuess(): void {
    this.#guess?.abort.abort()
    this.#guess = undefined
  }

  #setFull(full: boolean): void {
    if (full === this.#full) return
    this.#full = full
    this.#events.onFull(full)
  }
}
