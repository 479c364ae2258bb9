import { randomBytes } from 'node:crypto'
import { type ConversationEntry } from './conversation.ts'

/** A handle works this long after its session's last connection (Gemini API). */
const LIFE_MS = 2 * 3_600_000
/** All handles of one machine's clients; the oldest go first. */
const MAX_HANDLES = 5_000

/** What a resumed session gets back. */
export interface SavedSession {
  readonly model: string
  readonly entries: readonly ConversationEntry[]
}

interface Saved extends SavedSession {
  readonly sessionId: string
  expiresAt: number
}

/** Session resumption: handles to what a session remembered when each was given out. */
export class Resumptions {
  readonly #saved = new Map<string, Saved>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** @returns a new handle; the session's earlier ones stay good for what it remembered then */
  save(sessionId: string, session: SavedSession): string {
    this.#sweep()
    const handle = randomBytes(32).toString('base64url')
    this.#saved.set(handle, { ...session, sessionId, expiresAt: this.#now() + LIFE_MS })
    return handle
  }

  /** @returns undefined for a handle that is unknown, has expired or belongs to another model */
  find(handle: string, model: string): SavedSession | undefined {
    const saved = this.#saved.get(handle)
    return saved === undefined || saved.model !== model || saved.expiresAt <= this.#now() ? undefined : saved
  }

  /** The session's connection ended: its two hours begin. */
  connectionEnded(sessionId: string): void {
    for (const saved of this.#saved.values()) {
      if (saved.sessionId === sessionId) saved.expiresAt = this.#now() + LIFE_MS
    }
  }

  #sweep(): void {
    const now = this.#now()
    for (const [handle, saved] of this.#saved) {
      if (saved.expiresAt <= now || this.#saved.size >= MAX_HANDLES) this.#saved.delete(handle)
    }
  }
}
