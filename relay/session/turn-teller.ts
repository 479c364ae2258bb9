import { type Received, type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { heardText } from '../../shared/protocol/spoken-words.ts'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type Metrics } from '../metrics.ts'
import { type Tracing } from '../tracing.ts'
import { type Conversation } from './conversation.ts'
import { type ToClient } from './downlink.ts'
import { type Playback } from './playback.ts'
import { type SpeechEnd } from './speech-end.ts'
import { type Turn } from './turn.ts'
import { type TurnSink } from './turns.ts'

export interface TurnTellerParts {
  readonly client: ToClient
  readonly conversation: Conversation
  readonly playback: Playback
  readonly speechEnd: SpeechEnd
  /** The settings as they are now. */
  readonly setup: () => SessionSetup
  /** What came over the client's socket so far; undefined while there is none. */
  readonly received: () => Received | undefined
  readonly metrics: Metrics
  readonly tracing: Tracing
  /** Nothing more comes of a turn, and all of it is stored. */
  readonly onTurnEnd: () => void
  /** More waits to be stored than is worth keeping: the store will not come back in time. */
  readonly onOverflow: () => void
  /** A bug of ours. */
  readonly onFault: (error: unknown) => void
}

/** Entries and ends of turns that may wait for a store that is away: minutes of talk. */
const MAX_WAITING = 200

/**
 * Tells the client what becomes of turns. What happens now is told now; what is to be stored is stored first, one entry
 * after another, and told once it is safe. A turn is complete for the client when all its words are.
 */
export class TurnTeller implements TurnSink {
  readonly #parts: TurnTellerParts
  #lastWritten: Promise<void> = Promise.resolve()
  #waiting = 0
  #answerBeganAtMs = -Infinity
  #lastUserWordsAtMs: number | undefined

  constructor(parts: TurnTellerParts) {
    this.#parts = parts
  }

  started(turn: Turn): void {
    this.#lastUserWordsAtMs = undefined
    this.#tell({ type: 'turn.start', turn: turn.id })
  }

  words(turn: Turn, role: 'user' | 'assistant', text: string): void {
    const captions = this.#parts.setup().captions
    const isShown = role === 'user' ? captions?.input !== false : captions?.output !== false
    if (role === 'user') this.#lastUserWordsAtMs = performance.now()
    if (!isShown) return
    const audioMs = role === 'assistant' ? Math.round(turn.audioMs) : undefined
    this.#tell(withoutUndefined({ type: 'transcript.delta' as const, turn: turn.id, role, text, audioMs }))
  }

  answerBegan(turn: Turn): void {
    const { lastSpeechAtMs } = this.#parts.speechEnd
    // Speech from before the last answer belongs to that one: this turn was begun by the model.
    if (lastSpeechAtMs !== undefined && lastSpeechAtMs > this.#answerBeganAtMs) turn.clock.speechEnded(lastSpeechAtMs)
    if (this.#lastUserWordsAtMs !== undefined) turn.clock.mark('inputFinal', this.#lastUserWordsAtMs)
    this.#answerBeganAtMs = performance.now()
  }

  interrupted(turn: Turn): void {
    this.#parts.client.interrupted(turn.id)
    this.#tell({ type: 'turn.interrupted', turn: turn.id })
  }

  userSaid(turn: Turn, text: string, id?: string): void {
    turn.clock.mark('inputFinal', this.#lastUserWordsAtMs ?? performance.now())
    this.#write(() => this.#store(withoutUndefined({ turn: turn.id, role: 'user' as const, text, id })))
  }

  answered(turn: Turn, extent: 'whole' | 'heard' | 'broken'): void {
    if (turn.fragments.length === 0) return
    const said = { turn: turn.id, role: 'assistant' } as const
    switch (extent) {
      case 'whole':
        this.#write(() => this.#store({ ...said, text: turn.answerText.trim() }))
        return
      case 'broken':
        this.#write(() => this.#store({ ...said, text: turn.answerText.trim(), interrupted: true }))
        return
      case 'heard': {
        // The client is asked now, also when earlier entries still wait to be stored.
        const heardMs = this.#parts.playback.heardMs(turn)
        this.#write(async () => {
          const whole = turn.answerText.trim()
          const text = heardText(turn.fragments, turn.audioMs, await heardMs).trim()
          // Who begins to speak at the last word has heard all there was.
          const isWhole = turn.isGenerated && text === whole
          await this.#store({ ...said, text, ...(isWhole ? {} : { interrupted: true }) })
        })
      }
    }
  }

  completed(turn: Turn): void {
    const { metrics, tracing, conversation, received, onTurnEnd } = this.#parts
    const { id, clock } = turn
    const endMs = performance.now()
    this.#write(() => {
      // What a cut answer took is told after it was cut.
      const { usage } = turn
      const timings = clock.timings()
      metrics.turnCompleted(timings)
      const report = withoutUndefined({ session: conversation.id, turn: id, ...clock.report(), endMs, usage })
      const traceId = tracing.turnCompleted(report)
      const end = { type: 'turn.complete' as const, turn: id, timings, usage, traceId, received: received() }
      this.#tell(withoutUndefined(end))
      onTurnEnd()
    })
  }

  /** Resolves once everything said so far was stored or given up. */
  settled(): Promise<void> {
    return this.#lastWritten
  }

  async #store(said: Parameters<Conversation['commit']>[0]): Promise<void> {
    const entry = await this.#parts.conversation.commit(said)
    if (entry !== undefined) this.#tell({ type: 'transcript.final', ...entry })
  }

  #write(job: () => void | Promise<void>): void {
    if (this.#waiting >= MAX_WAITING) {
      this.#parts.onOverflow()
      return
    }
    this.#waiting++
    this.#lastWritten = this.#lastWritten
      .then(job)
      .catch(this.#parts.onFault)
      .finally(() => this.#waiting--)
  }

  #tell(message: ServerMessage): void {
    this.#parts.client.sendMessage(message)
  }
}
