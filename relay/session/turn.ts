import { type TurnUsage } from '../../shared/protocol/server-message.ts'
import { type SpokenFragment } from '../../shared/protocol/spoken-words.ts'
import { TurnClock } from './turn-clock.ts'

/** One user utterance, typed text or reply the model began by itself, with its answer. */
export class Turn {
  /** 1, 2, … */
  readonly id: number
  readonly clock = new TurnClock()
  /** `listening` until the first sign of an answer. */
  phase: 'listening' | 'answering' = 'listening'
  /** What the user said so far; stored once the answer begins. */
  userText = ''
  /** So many characters of it were told already, before another brain heard it again from its start. */
  toldBefore = 0
  /** The brain said that this much of it is a whole utterance. */
  isUserFinished = false
  isUserStored = false
  /** What the model said so far, with where each piece sounds. */
  readonly fragments: SpokenFragment[] = []
  /** How much speech of this turn came, ms. */
  audioMs = 0
  /** The model has said all it has to say. */
  isGenerated = false
  /** When its first speech left for the client, ms of `performance.now`. */
  firstSentAtMs: number | undefined
  usage: TurnUsage | undefined
  /** Tool calls without an answer. */
  pendingTools = 0
  /** A tool's answer went to the brain and it has not spoken since. */
  owesAnswer = false
  /** The brain said that the turn is complete, while it waited for a tool or owed an answer. */
  isEndAnnounced = false

  constructor(id: number) {
    this.id = id
  }

  get answerText(): string {
    return this.fragments.map(({ text }) => text).join('')
  }
}
