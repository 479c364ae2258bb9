import { type Received } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type LiveTokens } from '../live/live-model.ts'
import { type LiveService } from '../live/live-service.ts'
import { type Logger } from '../logger.ts'
import { type Metrics } from '../metrics.ts'
import { type Tracing } from '../tracing.ts'
import { type Conversation } from './conversation.ts'
import { type ToClient } from './downlink.ts'
import { type SoundBlocks } from './sound-blocks.ts'
import { type SessionTimes } from './session-times.ts'

export interface TalkParts {
  readonly live: LiveService
  /** The model and voice a client gets that asks for none. */
  readonly model: string
  readonly voice: string
  /** The model as people are told about it. */
  readonly modelLabel: string
  readonly setup: SessionSetup
  readonly conversation: Conversation
  /** Where an earlier holder of the conversation left it. */
  readonly before: TalkBefore
  readonly client: ToClient
  readonly soundMemory: SoundBlocks
  readonly times: Pick<SessionTimes, 'brainRetryDelaysMs' | 'brain' | 'patience'>
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly logger: Logger
  /** What came over the client's socket so far; undefined while there is none. */
  readonly received: () => Received | undefined
  /** A picture was handed to the brain. */
  readonly onPicture: () => void
  /** The brain says what a turn took. */
  readonly onTokens: (tokens: LiveTokens) => void
  /** Nothing more comes of a turn, and all of it is stored. */
  readonly onTurnEnd: () => void
  readonly onEnd: () => void
  readonly onBrainFailed: (reason: string) => void
  /** The store was away for too long. */
  readonly onOverflow: () => void
  /** A bug of ours. */
  readonly onFault: (error: unknown) => void
  readonly signal: AbortSignal
}

export interface TalkBefore {
  /** Newest turn. */
  readonly turn: number
  /** A turn that ended with its holder: the client is told that nothing more comes of it. */
  readonly openTurn?: number
  /** Newest microphone frame the brain was given. */
  readonly audioSeq?: number
  /** What the brain goes on with, a secret. */
  readonly brainHandle?: string
}
