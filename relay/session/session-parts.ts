import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type User } from '../auth/identity.ts'
import { type Sealer } from '../auth/sealer.ts'
import { type Logger } from '../logger.ts'
import { type Metrics } from '../metrics.ts'
import { type Journal, type JournalEntry } from '../store/journal.ts'
import { type Tracing } from '../tracing.ts'
import { type ConversationEnd } from './conversation.ts'
import { type House } from './greeting.ts'
import { type SessionState } from './session-state.ts'
import { type SessionTimes } from './session-times.ts'
import { type SoundBlocks } from './sound-blocks.ts'
import { type UsageBook } from './usage-book.ts'

export interface SessionDeps extends House {
  /** This process, in leases and on the bus. */
  readonly instance: string
  /** Messages a conversation remembers. */
  readonly memory: number
  /** Hides what the brain goes on with from readers of the store. */
  readonly sealer: Sealer
  /** Counts what everybody uses. */
  readonly usage: UsageBook
  /** Of all conversations, for what was said and is not answered. */
  readonly soundMemory: SoundBlocks
  readonly times: SessionTimes
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly logger: Logger
}

export interface SessionParts {
  readonly id: string
  readonly user: User
  readonly setup: SessionSetup
  readonly journal: Journal
  /** That this process holds the conversation. */
  readonly fence: number
  /** Its newest entries, and the number of the newest. */
  readonly entries: readonly JournalEntry[]
  readonly seq: number
  /** What its last holder left. */
  readonly state: SessionState
  /** Resolves when the last holder has hung up its brain, or never will. */
  readonly handover: Promise<void>
  /** Called once: this process has nothing to do with the conversation any more. */
  readonly onOver: (why: SessionEnd) => void
}

/** `left`: its last word is in the store. */
export type SessionEnd = ConversationEnd | 'left'

/** How a client comes to a conversation. */
export type Welcome =
  | { readonly how: 'new' | 'history' }
  /** It is told what it missed, oldest first. */
  | { readonly how: 'resumed'; readonly missed: readonly JournalEntry[] }
