/** What a session remembers; more is forgotten from the start. */
const MAX_ENTRIES = 100
/** Nobody says more in one go; a longer seed is cut. */
const MAX_TEXT = 8_000

export interface ConversationEntry {
  readonly role: 'user' | 'model'
  readonly text: string
}

/** What was said, in order. Of the model only what was really sent. */
export class Conversation {
  #entries: readonly ConversationEntry[]

  constructor(entries: readonly ConversationEntry[] = []) {
    this.#entries = entries
  }

  get entries(): readonly ConversationEntry[] {
    return this.#entries
  }

  add(role: ConversationEntry['role'], text: string): void {
    const trimmed = text.trim().slice(0, MAX_TEXT)
    if (trimmed !== '') this.#entries = [...this.#entries, { role, text: trimmed }].slice(-MAX_ENTRIES)
  }

  /** Takes back what the user said last, if nothing was said since: it is to be answered. */
  takeQuestion(): string {
    const last = this.#entries.at(-1)
    if (last?.role !== 'user') return ''
    this.#entries = this.#entries.slice(0, -1)
    return last.text
  }
}
