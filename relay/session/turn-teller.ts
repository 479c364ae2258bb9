import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type Logger } from '../logger.ts'
import { type Outbox } from '../transport/outbox.ts'
import { type Conversation } from './conversation.ts'
import { type Playback } from './playback.ts'
import { type SpeechEnd } from './speech-end.ts'
import { heardText } from './transcript-cut.ts'
import { type Turn } from './turn.ts'
import { type TurnSink } from './turns.ts'

export interface TurnTellerParts {
  readonly outbox: Outbox
  readonly conversation: Conversation
  readonly playback: Playback
  readonly speechEnd: SpeechEnd
  /** The settings as they are now. */
  readonly setup: () => SessionSetup
  readonly logger: Logger
}

/**
 * Tells the client what becomes of turns. What happens now is told now; what is to be stored is stored first, one entry
 * after another, and told once it is safe. A turn is complete for the client when all its words are.
 */
export class TurnTeller implements TurnSink {
  readonly #parts: TurnTellerParts
  /** Grows with turns only, and a turn takes a person seconds. */
  #lastWritten: Promise<void> = Promise.resolve()
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
    this.#parts.outbox.interrupted(turn.id)
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
    this.#write(() => {
      const timings = turn.clock.timings()
      this.#tell(withoutUndefined({ type: 'turn.complete' as const, turn: turn.id, timings, usage: turn.usage }))
    })
  }

  async #store(said: Parameters<Conversation['commit']>[0]): Promise<void> {
    const entry = await this.#parts.conversation.commit(said)
    this.#tell({ type: 'transcript.final', ...entry })
  }

  #write(job: () => void | Promise<void>): void {
    this.#lastWritten = this.#lastWritten.then(job).catch((error: unknown) => {
      this.#parts.logger.error({ error: String(error) }, 'an entry of the conversation could not be stored')
      const message = 'Something that was said could not be saved.'
      this.#tell({ type: 'error', code: 'not_stored', message, retryable: false, fatal: false })
    })
  }

  #tell(message: ServerMessage): void {
    this.#parts.outbox.sendMessage(message)
  }
}
