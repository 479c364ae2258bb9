import { ExpiringMap } from './expiring-map.ts'
import { entryJson, foldCase, queryWords, stateJson, titleOf } from './journal-text.ts'
import {
  type AppendResult,
  type ConversationSummary,
  type Journal,
  type JournalEntry,
  type Standing,
} from './journal.ts'
import { StoreError, type Json } from './key-value.ts'

interface Kept {
  readonly id: string
  readonly owner: string
  readonly startedAt: number
  readonly entries: JournalEntry[]
  lastActiveAt: number
  fence: number
  holder: string
  /** The lease's end, ms since 1970. */
  heldUntil: number
  state: string
}

const NO_STATE = 'null'

/** A journal that ends with the process. */
export class MemoryJournal implements Journal {
  readonly #conversations = new Map<string, Kept>()
  readonly #taken = new ExpiringMap<true>()
  readonly #sums = new ExpiringMap<Readonly<Record<string, number>>>()

  create({ id, owner, holder, leaseMs, state }: Parameters<Journal['create']>[0]): Promise<void> {
    return answer(() => {
      const known = this.#conversations.get(id)
      if (known !== undefined) {
        requireSameCreation(known, owner, holder)
        return
      }
      const now = Date.now()
      this.#conversations.set(id, {
        id,
        owner,
        startedAt: now,
        entries: [],
        lastActiveAt: now,
        fence: 1,
        holder,
        heldUntil: now + leaseMs,
        state: stateJson(state),
      })
    })
  }

  look(id: string, owner: string): Promise<Standing | undefined> {
    return answer(() => {
      const found = this.#conversations.get(id)
      if (found?.owner !== owner) return undefined
      return {
        fence: found.fence,
        seq: found.entries.length,
        state: JSON.parse(found.state) as Json,
        lastActiveAt: found.lastActiveAt,
        ...(isHeld(found) ? { holder: found.holder } : {}),
      }
    })
  }

  claim(id: string, fence: number, holder: string, leaseMs: number): Promise<number | undefined> {
    return answer(() => {
      const found = this.#conversations.get(id)
      if (found?.fence !== fence) return undefined
      found.fence += 1
      found.holder = holder
      found.heldUntil = Date.now() + leaseMs
      return found.fence
    })
  }

  renew(id: string, fence: number, leaseMs: number): Promise<boolean> {
    return answer(() => {
      const found = this.#conversations.get(id)
      if (found?.fence !== fence) return false
      found.heldUntil = Date.now() + leaseMs
      return true
    })
  }

  release(id: string, fence: number): Promise<void> {
    return answer(() => {
      const found = this.#conversations.get(id)
      if (found?.fence === fence) found.heldUntil = 0
    })
  }

  append(id: string, fence: number, entry: JournalEntry, state?: Json): Promise<AppendResult> {
    return answer(() => {
      const found = this.#conversations.get(id)
      if (found === undefined) return 'gone'
      if (found.fence !== fence) return 'fenced'
      const { entries } = found
      const known = entries[entry.seq - 1]
      if (known !== undefined) return entryJson(known) === entryJson(entry) ? 'appended' : 'conflict'
      if (entry.seq !== entries.length + 1) return 'conflict'
      const nextState = state === undefined ? found.state : stateJson(state)
      entries.push(entry)
      found.state = nextState
      found.lastActiveAt = Date.parse(entry.at)
      return 'appended'
    })
  }

  saveState(id: string, fence: number, state: Json): Promise<Exclude<AppendResult, 'conflict'>> {
    return answer(() => {
      const found = this.#conversations.get(id)
      if (found === undefined) return 'gone'
      if (found.fence !== fence) return 'fenced'
      found.state = stateJson(state)
      return 'appended'
    })
  }

  entriesAfter(id: string, after: number, limit: number): Promise<readonly JournalEntry[]> {
    return answer(() => this.#conversations.get(id)?.entries.slice(after, after + limit) ?? [])
  }

  latest(id: string, count: number): Promise<readonly JournalEntry[]> {
    return answer(() => (count <= 0 ? [] : (this.#conversations.get(id)?.entries.slice(-count) ?? [])))
  }

  list(owner: string, { query, before, limit }: Parameters<Journal['list']>[1]) {
    return answer(() => {
      const words = queryWords(query)
      const end = before === undefined ? Infinity : Date.parse(before)
      return this.#ownedBy(owner)
        .filter(({ entries, lastActiveAt }) => entries.length > 0 && lastActiveAt < end)
        .filter(({ entries }) => holdsAll(entries, words))
        .sort((a, b) => b.lastActiveAt - a.lastActiveAt)
        .slice(0, limit)
        .map(summaryOf)
    })
  }

  countHeld(owner: string, except?: string): Promise<number> {
    return answer(() => this.#ownedBy(owner).filter((kept) => kept.id !== except && isHeld(kept)).length)
  }

  delete(id: string, owner: string): Promise<boolean> {
    return answer(() => this.#conversations.get(id)?.owner === owner && this.#conversations.delete(id))
  }

  deleteAll(owner: string): Promise<readonly string[]> {
    return answer(() => {
      const ids = this.#ownedBy(owner).map(({ id }) => id)
      for (const id of ids) this.#conversations.delete(id)
      const prefix = sumsKey(owner, '')
      for (const key of this.#sums.keys()) if (key.startsWith(prefix)) this.#sums.delete(key)
      return ids
    })
  }

  sweep(idleBefore: number, deleteBefore: number): Promise<void> {
    return answer(() => {
      for (const kept of this.#conversations.values()) {
        if (isHeld(kept) || kept.lastActiveAt >= idleBefore) continue
        kept.state = NO_STATE
        if (kept.entries.length === 0 || kept.lastActiveAt < deleteBefore) this.#conversations.delete(kept.id)
      }
    })
  }

  takeOnce(key: string, ttlMs: number): Promise<boolean> {
    return answer(() => {
      if (this.#taken.get(key) === true) return false
      this.#taken.set(key, true, ttlMs)
      return true
    })
  }

  addUp(owner: string, period: string, amounts: Readonly<Record<string, number>>, ttlMs: number) {
    return answer(() => {
      const key = sumsKey(owner, period)
      const sums = { ...this.#sums.get(key) }
      const added = Object.entries(amounts)
      for (const [name, amount] of added) sums[name] = (sums[name] ?? 0) + amount
      if (added.length > 0) this.#sums.set(key, sums, ttlMs)
      return sums
    })
  }

  #ownedBy(owner: string): Kept[] {
    return [...this.#conversations.values()].filter((kept) => kept.owner === owner)
  }
}

/** Runs a step as stores do: what it throws is a rejection. */
function answer<Value>(step: () => Value): Promise<Value> {
  return new Promise((resolve) => {
    resolve(step())
  })
}

function requireSameCreation({ owner, holder, fence }: Kept, newOwner: string, newHolder: string): void {
  if (owner === newOwner && holder === newHolder && fence === 1) return
  throw new StoreError('There is a conversation with this id.')
}

function isHeld({ heldUntil }: Kept): boolean {
  return heldUntil > Date.now()
}

function summaryOf({ id, startedAt, lastActiveAt, entries }: Kept): ConversationSummary {
  return {
    id,
    startedAt: new Date(startedAt).toISOString(),
    lastActiveAt: new Date(lastActiveAt).toISOString(),
    seq: entries.length,
    title: titleOf(entries[0]?.text ?? ''),
  }
}

function holdsAll(entries: readonly JournalEntry[], words: readonly string[]): boolean {
  return words.every((word) => entries.some(({ text }) => foldCase(text).includes(word)))
}

function sumsKey(owner: string, period: string): string {
  return `${owner}\n${period}`
}
