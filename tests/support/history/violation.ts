import { type HistoryLine, type StoredConversation } from './line.ts'

/** Which promise of docs/protocol.md §2.5 was broken, and how. */
export type ViolationKind =
  /** A final that is not in the store, or stands there with other words. */
  | 'not stored'
  | 'not stored first'
  | 'other words'
  /** A final came twice, never, or before its predecessor. */
  | 'doubled'
  | 'missing'
  /** The client's conversation did not go on though it should have. */
  | 'continuity lost'
  | 'no history'
  | 'audio doubled'
  | 'audio out of order'
  | 'audio missing'
  | 'utterance doubled'
  | 'tool ran twice'
  | 'two owners'
  | 'fence'
  | 'cut not marked'
  | 'speech doubled'
  | 'turn used again'
  | 'typed turn lost'
  | 'typed turn doubled'
  | 'hole in the store'

export interface Violation {
  readonly kind: ViolationKind
  /** What happened and where: client, socket, conversation, number of the line. */
  readonly sentence: string
}

/** Everything a rule may look at. Lines are numbered from 1. */
export interface Evidence {
  readonly lines: readonly HistoryLine[]
  readonly stored: readonly StoredConversation[]
  readonly limits: Limits
}

/** What the relay under test was set to; the contract's own values unless given. */
export interface Limits {
  /** A client that comes back within this time, ms, goes on where it was. */
  readonly resumeMs: number
  /** Until here, ms, it at least keeps its conversation. */
  readonly idleMs: number
  /**
   * How long the older socket may still hear something after a newer one took the conversation over, ms: nothing on one
   * instance; on two, the news of it travels over the bus.
   */
  readonly takeoverMs: number
}

export type Rule = (evidence: Evidence) => readonly Violation[]
