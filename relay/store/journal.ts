import { type Json } from './key-value.ts'

/** One thing that was said, as it is kept. */
export interface JournalEntry {
  /** Position in the conversation: 1, 2, … */
  readonly seq: number
  readonly turn: number
  readonly role: 'user' | 'assistant'
  readonly text: string
  /** The client's id of a typed turn. */
  readonly id?: string
  /** The answer was cut off; `text` is what was heard of it. */
  readonly interrupted?: true
  /** ISO 8601 time. */
  readonly at: string
}

/** A conversation as its owner sees it in a list. */
export interface ConversationSummary {
  readonly id: string
  /** ISO 8601 times. */
  readonly startedAt: string
  readonly lastActiveAt: string
  /** Number of its newest entry, which is how many there are. */
  readonly seq: number
  /** Its first words, at most 120 characters. */
  readonly title: string
}

/** What an instance finds before it claims a conversation. */
export interface Standing {
  /** Grows by one with every claim. */
  readonly fence: number
  /** Number of the newest entry, 0 before the first. */
  readonly seq: number
  /** What its last holder left for the next one; at most 16 KiB of JSON. */
  readonly state: Json
  /** The instance that holds it, while its lease runs. */
  readonly holder?: string
  /** ms since 1970 */
  readonly lastActiveAt: number
}

export type AppendResult =
  | 'appended'
  /** Somebody claimed the conversation since: this holder must not write any more. */
  | 'fenced'
  /** Another entry stands at this place: a bug, or a second writer with the same fence. */
  | 'conflict'
  /** It was deleted. */
  | 'gone'

/**
 * The conversations of all users: what was said, and who may write it. Every method rejects with `StoreError` when the store
 * did not confirm. Adapters: memory, node:sqlite, Redis; one contract suite (`tests/integration/journal.contract.ts`).
 *
 * A conversation has one holder at a time. To hold it is to know its newest fence: writes with an older one are refused, so
 * two instances never both write, however late one learns of the other. The lease's time only says whether the holder is alive.
 */
export interface Journal {
  /** Makes a conversation and claims it with fence 1. @param id new, a UUID */
  create(conversation: {
    readonly id: string
    readonly owner: string
    readonly holder: string
    readonly leaseMs: number
    readonly state: Json
  }): Promise<void>

  /** @returns undefined when there is none of this owner: “not found” and “not yours” look the same */
  look(id: string, owner: string): Promise<Standing | undefined>

  /**
   * Takes a conversation over, from whoever holds it, if its fence is still `fence`.
   *
   * @returns the new fence, `fence + 1`; undefined when somebody was faster or it is gone: look again
   */
  claim(id: string, fence: number, holder: string, leaseMs: number): Promise<number | undefined>

  /** Says that the holder lives. @returns false when it was claimed by somebody else or deleted */
  renew(id: string, fence: number, leaseMs: number): Promise<boolean>

  /** Ends the lease early; the fence stays. Does nothing for an old fence. */
  release(id: string, fence: number): Promise<void>

  /**
   * Adds an entry as number `entry.seq`, which is the newest + 1, and replaces the state in the same step where one is given.
   * Asking again for the very same entry is answered `appended`: after a time-out nobody knows whether the first was done.
   */
  append(id: string, fence: number, entry: JournalEntry, state?: Json): Promise<AppendResult>

  /** Replaces the state. */
  saveState(id: string, fence: number, state: Json): Promise<Exclude<AppendResult, 'conflict'>>

  /** @returns entries with `seq > after`, oldest first, at most `limit` */
  entriesAfter(id: string, after: number, limit: number): Promise<readonly JournalEntry[]>

  /** @returns the newest `count` entries, oldest first */
  latest(id: string, count: number): Promise<readonly JournalEntry[]>

  /**
   * The owner's conversations, newest activity first; those without a word are left out.
   *
   * @param query words that must all occur, in any entry, whatever their case; all conversations unless given
   * @param before continues a list below this `lastActiveAt`, ISO 8601
   */
  list(
    owner: string,
    options: { readonly query?: string; readonly before?: string; readonly limit: number },
  ): Promise<readonly ConversationSummary[]>

  /** How many of the owner's conversations are held by a living instance. @param except does not count */
  countHeld(owner: string, except?: string): Promise<number>

  /** @returns whether there was one of this owner; its holder is refused from now on with `gone` */
  delete(id: string, owner: string): Promise<boolean>

  /** Deletes all conversations and sums of an owner. @returns the ids of the conversations */
  deleteAll(owner: string): Promise<readonly string[]>

  /**
   * Clean-up: of the conversations that were silent since `idleBefore` it takes the state, and deletes those without a word
   * and those silent since `deleteBefore`; none that a living instance holds. Times in ms since 1970.
   */
  sweep(idleBefore: number, deleteBefore: number): Promise<void>

  /** @returns true for exactly one of all callers, on all instances, within `ttlMs` of the first */
  takeOnce(key: string, ttlMs: number): Promise<boolean>

  /**
   * Adds to the owner's sums of one period, all in one step.
   *
   * @param period e.g. `2026-11-22`
   * @returns the sums after it; with no amounts, as they are
   */
  addUp(
    owner: string,
    period: string,
    amounts: Readonly<Record<string, number>>,
    ttlMs: number,
  ): Promise<Readonly<Record<string, number>>>
}
