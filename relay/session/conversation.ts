import { randomUUID } from 'node:crypto'

/** One thing that was said, as it is kept. */
export interface JournalEntry {
  /** Position in the journal: 1, 2, … */
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

/** Where the entries of one conversation are kept. */
export interface Journal {
  /** Resolves once the entry is safe; rejects when it is not. Called for one entry at a time, in order of `seq`. */
  append(entry: JournalEntry): Promise<void>
  /** @returns the newest `count` entries, oldest first */
  latest(count: number): Promise<readonly JournalEntry[]>
}

/** Opens the journal of a new conversation. */
export type OpenJournal = (conversationId: string) => Journal

/** A journal that ends with the process and holds the newest `capacity` entries. */
export function createMemoryJournal(capacity: number): Journal {
  const entries: JournalEntry[] = []
  return {
    append(entry) {
      entries.push(entry)
      if (entries.length > capacity) entries.shift()
      return Promise.resolve()
    },
    latest: (count) => Promise.resolve(entries.slice(-count)),
  }
}

/** The record of one conversation: numbers what was said and keeps it before anybody is told. */
export class Conversation {
  readonly id = randomUUID()
  readonly #journal: Journal
  readonly #memory: number
  #seq = 0

  /** @param memory how many entries the brain is reminded of */
  constructor(openJournal: OpenJournal, memory: number) {
    this.#journal = openJournal(this.id)
    this.#memory = memory
  }

  /** Number of the newest entry, 0 before the first. */
  get seq(): number {
    return this.#seq
  }

  /**
   * Keeps one entry; calls must not overlap. A number is given out once the entry is safe, so a failed one leaves no gap.
   *
   * @returns the entry, as soon as it is safe
   */
  async commit(said: Omit<JournalEntry, 'seq' | 'at'>): Promise<JournalEntry> {
    const entry = { ...said, seq: this.#seq + 1, at: new Date().toISOString() }
    await this.#journal.append(entry)
    this.#seq = entry.seq
    return entry
  }

  /** @returns what the conversation remembers, oldest first */
  recent(): Promise<readonly JournalEntry[]> {
    return this.#journal.latest(this.#memory)
  }
}
