import { type Logger } from '../logger.ts'
import { type Journal, type JournalEntry } from '../store/journal.ts'
import { StoreError, type Json } from '../store/key-value.ts'
import { pause } from './wait.ts'

/** Why nothing more can be said in a conversation from here. */
export type ConversationEnd =
  /** Another holder claimed it. */
  | 'superseded'
  /** Its owner deleted it. */
  | 'deleted'
  /** The store would not take what was said, however often it was asked. */
  | 'not_stored'

export interface ConversationParts {
  readonly id: string
  readonly journal: Journal
  /** That this process holds it. */
  readonly fence: number
  /** Newest entries, oldest first, and the number of the newest; none of a new one. */
  readonly entries: readonly JournalEntry[]
  readonly seq: number
  /** How long its holder counts as alive, ms. */
  readonly leaseMs: number
  /** How many entries the brain is reminded of. */
  readonly memory: number
  /** What the next holder has to know, as of now; stored with every entry. */
  readonly state: () => Json
  /** Called once; nothing is stored any more. */
  readonly onEnd: (why: ConversationEnd) => void
  /** Waits before the store is asked again for the same entry, ms; after the last it is given up. */
  readonly retryDelaysMs: readonly number[]
  readonly logger: Logger
}

/** The record of one conversation: numbers what was said and keeps it before anybody is told. */
export class Conversation {
  readonly #parts: ConversationParts
  /** At most `memory`. */
  readonly #recent: JournalEntry[]
  readonly #closing = new AbortController()
  #seq: number

  constructor(parts: ConversationParts) {
    this.#parts = parts
    this.#recent = parts.entries.slice(-parts.memory)
    this.#seq = parts.seq
  }

  get id(): string {
    return this.#parts.id
  }

  get fence(): number {
    return this.#parts.fence
  }

  /** Number of the newest entry, 0 before the first. */
  get seq(): number {
    return this.#seq
  }

  /** What it remembers, oldest first. */
  get recent(): readonly JournalEntry[] {
    return this.#recent
  }

  /**
   * Keeps one entry; calls must not overlap. A number is given out once the entry is safe, so a failed one leaves no gap.
   * While the store is away this waits for it.
   *
   * @returns the entry, as soon as it is safe; undefined when it never will be, which `onEnd` has explained
   */
  async commit(said: Omit<JournalEntry, 'seq' | 'at'>): Promise<JournalEntry | undefined> {
    const entry = { ...said, seq: this.#seq + 1, at: new Date().toISOString() }
    const refusal = await this.#append(entry)
    if (refusal !== undefined) {
      this.#end(refusal)
      return undefined
    }
    this.#seq = entry.seq
    this.#recent.push(entry)
    if (this.#recent.length > this.#parts.memory) this.#recent.shift()
    return entry
  }

  /**
   * Confirms that it is held here, as one that is under way, and replaces the state.
   *
   * @throws {StoreError}
   */
  async hold(state: Json): Promise<boolean> {
    const steps = [this.#renew(), this.#saveState(state)]
    return (await Promise.all(steps)).every((isDone) => isDone)
  }

  /** Says that its holder lives. Failing that, the next time will do. */
  async keepAlive(): Promise<void> {
    await this.#renew().catch((error: unknown) => this.#undone('say that a conversation is held', error))
  }

  /** From now on it does not count as under way; this process may still write it. Failing that, its lease runs out. */
  async release(): Promise<void> {
    const { journal, id, fence } = this.#parts
    await journal.release(id, fence).catch((error: unknown) => this.#undone('release a conversation', error))
  }

  /** Leaves the state and releases it, until {@link hold}. */
  async rest(state: Json = this.#parts.state()): Promise<void> {
    const saved = this.#saveState(state).catch((error: unknown) => this.#undone('keep the state', error))
    await Promise.all([saved, this.release()])
  }

  /**
   * @returns entries with `seq > after`, oldest first, at most `limit`
   * @throws {StoreError}
   */
  entriesAfter(after: number, limit: number): Promise<readonly JournalEntry[]> {
    return this.#parts.journal.entriesAfter(this.#parts.id, after, limit)
  }

  /** Stops asking the store: what was not stored by now never will be. Nobody is told. */
  close(): void {
    this.#closing.abort()
  }

  get #isOver(): boolean {
    return this.#closing.signal.aborted
  }

  async #saveState(state: Json): Promise<boolean> {
    if (this.#isOver) return false
    const { journal, id, fence } = this.#parts
    const result = await journal.saveState(id, fence, state)
    if (result === 'appended') return true
    this.#end(result === 'fenced' ? 'superseded' : 'deleted')
    return false
  }

  async #renew(): Promise<boolean> {
    if (this.#isOver) return false
    const { journal, id, fence, leaseMs } = this.#parts
    const isHeld = await journal.renew(id, fence, leaseMs)
    if (!isHeld) this.#end('superseded')
    return isHeld
  }

  #undone(what: string, error: unknown): void {
    this.#parts.logger.warn({ what, error: String(error) }, 'the store did not do what a conversation asked')
  }

  #end(why: ConversationEnd): void {
    if (this.#isOver) return
    this.close()
    this.#parts.onEnd(why)
  }

  /** @returns why it could not be stored */
  async #append(entry: JournalEntry): Promise<ConversationEnd | undefined> {
    const { journal, id, fence, state, retryDelaysMs, logger } = this.#parts
    for (let attempt = 0; !this.#isOver; attempt++) {
      try {
        return endOf(await journal.append(id, fence, entry, state()))
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        logger.warn({ seq: entry.seq, attempt, error: error.message }, 'an entry could not be stored yet')
        const delayMs = retryDelaysMs[attempt]
        if (delayMs === undefined) return 'not_stored'
        await pause(delayMs, this.#closing.signal)
      }
    }
    return 'not_stored'
  }
}

function endOf(result: Awaited<ReturnType<Journal['append']>>): ConversationEnd | undefined {
  switch (result) {
    case 'appended':
      return undefined
    case 'fenced':
      return 'superseded'
    case 'gone':
      return 'deleted'
    case 'conflict':
      throw new Error('Two entries of a conversation were given the same number.')
  }
}
