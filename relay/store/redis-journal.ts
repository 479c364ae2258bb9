import { entryJson, foldCase, parseEntry, queryWords, stateJson, titleOf } from './journal-text.ts'
import {
  type AppendResult,
  type ConversationSummary,
  type Journal,
  type JournalEntry,
  type Standing,
} from './journal.ts'
import { StoreError, type Json } from './key-value.ts'
import { type RedisClient, type RedisConnection } from './redis-connection.ts'
import * as scripts from './redis-scripts.ts'

/** Conversations that one step of a clean-up or a list looks at: each is one command for Redis, which does nothing else. */
const PAGE_SIZE = 200

/** Conversations that are searched at the same time, and entries of each that are read at once. */
const SEARCHED_AT_ONCE = 10
const SEARCH_PAGE = 200

type Argument = string | number

/** The conversations in Redis: one script, which is one round trip, for each step (redis-scripts.ts). */
export class RedisJournal implements Journal {
  readonly #redis: RedisConnection

  constructor(redis: RedisConnection) {
    this.#redis = redis
  }

  async create({ id, owner, holder, leaseMs, state }: Parameters<Journal['create']>[0]): Promise<void> {
    const made = await this.#run(scripts.CREATE, id, owner, holder, leaseMs, stateJson(state))
    if (made !== 1) throw new StoreError('There is a conversation with this id.')
  }

  async look(id: string, owner: string): Promise<Standing | undefined> {
    const found = (await this.#run(scripts.LOOK, id, owner)) as [...string[], number, string] | null
    if (found === null) return undefined
    const [fence, seq, state, lastActiveAt, isHeld, holder] = found
    return {
      fence: Number(fence),
      seq: Number(seq),
      state: JSON.parse(String(state)) as Json,
      lastActiveAt: Number(lastActiveAt),
      ...(isHeld === 1 ? { holder: String(holder) } : {}),
    }
  }

  async claim(id: string, fence: number, holder: string, leaseMs: number): Promise<number | undefined> {
    const claimed = await this.#run(scripts.CLAIM, id, fence, holder, leaseMs)
    return claimed === 1 ? fence + 1 : undefined
  }

  async renew(id: string, fence: number, leaseMs: number): Promise<boolean> {
    return (await this.#run(scripts.LEASE, id, fence, leaseMs)) === 1
  }

  async release(id: string, fence: number): Promise<void> {
    await this.#run(scripts.LEASE, id, fence, 0)
  }

  async append(id: string, fence: number, entry: JournalEntry, state?: Json): Promise<AppendResult> {
    const title = entry.seq === 1 ? titleOf(entry.text) : ''
    const args = [id, fence, entry.seq, entryJson(entry), Date.parse(entry.at), title]
    if (state !== undefined) args.push(stateJson(state))
    return (await this.#run(scripts.APPEND, ...args)) as AppendResult
  }

  async saveState(id: string, fence: number, state: Json): Promise<Exclude<AppendResult, 'conflict'>> {
    return (await this.#run(scripts.SAVE_STATE, id, fence, stateJson(state))) as Exclude<AppendResult, 'conflict'>
  }

  async entriesAfter(id: string, after: number, limit: number): Promise<readonly JournalEntry[]> {
    return limit <= 0 ? [] : this.#entries(id, after, after + limit - 1)
  }

  async latest(id: string, count: number): Promise<readonly JournalEntry[]> {
    return count <= 0 ? [] : this.#entries(id, -count, -1)
  }

  async list(owner: string, { query, before, limit }: Parameters<Journal['list']>[1]) {
    const words = queryWords(query)
    const pageSize = words.length === 0 ? Math.min(limit, PAGE_SIZE) : SEARCHED_AT_ONCE
    const highest = before === undefined ? '+inf' : `(${Date.parse(before)}`
    const found: ConversationSummary[] = []
    for (let offset = 0; found.length < limit; offset += pageSize) {
      const page = (await this.#run(scripts.LIST, owner, highest, offset, pageSize)) as [number, ...string[][]]
      const [seen, ...rows] = page
      const summaries = rows.map(summaryOf)
      const isWanted = await Promise.all(summaries.map(({ id }) => this.#holdsAll(id, words)))
      found.push(...summaries.filter((_, index) => isWanted[index]))
      if (seen < pageSize) break
    }
    return found.slice(0, limit)
  }

  async countHeld(owner: string, except = ''): Promise<number> {
    return Number(await this.#run(scripts.COUNT_HELD, owner, except))
  }

  async delete(id: string, owner: string): Promise<boolean> {
    return (await this.#run(scripts.DELETE, id, owner)) === 1
  }

  async deleteAll(owner: string): Promise<readonly string[]> {
    return (await this.#run(scripts.DELETE_ALL, owner)) as string[]
  }

  async sweep(idleBefore: number, deleteBefore: number): Promise<void> {
    await this.#sweep('idle', idleBefore)
    await this.#sweep('delete', Math.min(idleBefore, deleteBefore))
  }

  async takeOnce(key: string, ttlMs: number): Promise<boolean> {
    const reply = await this.#redis.run((client) =>
      client.set(`aside:once:${key}`, '1', {
        condition: 'NX',
        expiration: { type: 'PX', value: Math.max(1, Math.ceil(ttlMs)) },
      }),
    )
    return reply === 'OK'
  }

  async addUp(owner: string, period: string, amounts: Readonly<Record<string, number>>, ttlMs: number) {
    const added = Object.entries(amounts).flat()
    const reply = await this.#run(scripts.ADD_UP, owner, period, Math.max(1, Math.ceil(ttlMs)), ...added)
    const fields = reply as string[]
    const sums: Record<string, number> = {}
    for (let index = 0; index + 1 < fields.length; index += 2) sums[fields[index] ?? ''] = Number(fields[index + 1])
    return sums
  }

  #run(script: scripts.RedisScript, ...args: readonly Argument[]): Promise<unknown> {
    const texts = args.map(String)
    return this.#redis.run((client) => runScript(client, script, texts))
  }

  async #entries(id: string, first: number, last: number): Promise<JournalEntry[]> {
    const entries = await this.#redis.run((client) => client.lRange(`aside:e:{${id}}`, first, last))
    return entries.map(parseEntry)
  }

  async #holdsAll(id: string, words: readonly string[]): Promise<boolean> {
    let missing = words
    for (let first = 0; missing.length > 0; first += SEARCH_PAGE) {
      const entries = await this.#entries(id, first, first + SEARCH_PAGE - 1)
      if (entries.length === 0) return false
      const texts = entries.map(({ text }) => foldCase(text))
      missing = missing.filter((word) => !texts.some((text) => text.includes(word)))
    }
    return true
  }

  async #sweep(task: 'idle' | 'delete', before: number): Promise<void> {
    for (let skip = 0; ;) {
      const [seen, stay] = (await this.#run(scripts.SWEEP, task, before, skip, PAGE_SIZE)) as [number, number]
      if (seen < PAGE_SIZE) return
      skip += stay
    }
  }
}

/** A Redis that was restarted does not know its scripts any more; then nothing was done, and the text is sent once. */
async function runScript(client: RedisClient, { lua, sha }: scripts.RedisScript, args: string[]): Promise<unknown> {
  try {
    return await client.evalSha(sha, { keys: [], arguments: args })
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
    return client.eval(lua, { keys: [], arguments: args })
  }
}

function summaryOf([id = '', startedAt, lastActiveAt, seq, title = '']: readonly string[]): ConversationSummary {
  return {
    id,
    startedAt: new Date(Number(startedAt)).toISOString(),
    lastActiveAt: new Date(Number(lastActiveAt)).toISOString(),
    seq: Number(seq),
    title,
  }
}
