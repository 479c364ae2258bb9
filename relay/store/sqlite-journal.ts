import { entryJson, foldCase, parseEntry, queryWords, stateJson, titleOf } from './journal-text.ts'
import {
  type AppendResult,
  type ConversationSummary,
  type Journal,
  type JournalEntry,
  type Standing,
} from './journal.ts'
import { StoreError, type Json } from './key-value.ts'
import { type SqliteFile } from './sqlite-file.ts'

/** The conversations in a file of node:sqlite. */
export class SqliteJournal implements Journal {
  readonly #file: SqliteFile

  constructor(file: SqliteFile) {
    this.#file = file
  }

  create({ id, owner, holder, leaseMs, state }: Parameters<Journal['create']>[0]): Promise<void> {
    return this.#file.ask(() => {
      const now = Date.now()
      const made = this.#file.run(
        `INSERT INTO conversations
        (id, owner, started_at, last_active_at, seq, title, fence, holder, held_until, state)
        VALUES (?1, ?2, ?3, ?3, 0, '', 1, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET id = id
        WHERE owner = ?2 AND holder = ?4 AND fence = 1`,
        id,
        owner,
        now,
        holder,
        now + leaseMs,
        stateJson(state),
      )
      if (made === 0) throw new StoreError('There is a conversation with this id.')
    })
  }

  look(id: string, owner: string): Promise<Standing | undefined> {
    return this.#file.ask(() => {
      const row = this.#file.get('SELECT * FROM conversations WHERE id = ? AND owner = ?', id, owner)
      if (row === undefined) return undefined
      const isHeld = Number(row['held_until']) > Date.now()
      return {
        fence: Number(row['fence']),
        seq: Number(row['seq']),
        state: JSON.parse(String(row['state'])) as Json,
        lastActiveAt: Number(row['last_active_at']),
        ...(isHeld ? { holder: String(row['holder']) } : {}),
      }
    })
  }

  claim(id: string, fence: number, holder: string, leaseMs: number): Promise<number | undefined> {
    return this.#file.ask(() => {
      const claimed = this.#file.run(
        'UPDATE conversations SET fence = fence + 1, holder = ?, held_until = ? WHERE id = ? AND fence = ?',
        holder,
        Date.now() + leaseMs,
        id,
        fence,
      )
      return claimed === 1 ? fence + 1 : undefined
    })
  }

  renew(id: string, fence: number, leaseMs: number): Promise<boolean> {
    return this.#file.ask(() => this.#setLease(id, fence, Date.now() + leaseMs))
  }

  release(id: string, fence: number): Promise<void> {
    return this.#file.ask(() => {
      this.#setLease(id, fence, 0)
    })
  }

  append(id: string, fence: number, entry: JournalEntry, state?: Json): Promise<AppendResult> {
    return this.#file.change(() => {
      const row = this.#file.get('SELECT number, fence, seq FROM conversations WHERE id = ?', id)
      if (row === undefined) return 'gone'
      if (row['fence'] !== fence) return 'fenced'
      const number = Number(row['number'])
      const seq = Number(row['seq'])
      if (entry.seq <= seq) return this.#isKept(number, entry) ? 'appended' : 'conflict'
      if (entry.seq !== seq + 1) return 'conflict'
      this.#add(number, entry, state)
      return 'appended'
    })
  }

  saveState(id: string, fence: number, state: Json): Promise<Exclude<AppendResult, 'conflict'>> {
    return this.#file.ask(() => {
      const saved = this.#file.run(
        'UPDATE conversations SET state = ? WHERE id = ? AND fence = ?',
        stateJson(state),
        id,
        fence,
      )
      if (saved === 1) return 'appended'
      return this.#file.get('SELECT 1 FROM conversations WHERE id = ?', id) === undefined ? 'gone' : 'fenced'
    })
  }

  entriesAfter(id: string, after: number, limit: number): Promise<readonly JournalEntry[]> {
    return this.#file.ask(() =>
      this.#file
        .all(
          `SELECT entry FROM entries WHERE conversation = (SELECT number FROM conversations WHERE id = ?) AND seq > ?
          ORDER BY seq LIMIT ?`,
          id,
          after,
          limit,
        )
        .map((row) => parseEntry(String(row['entry']))),
    )
  }

  latest(id: string, count: number): Promise<readonly JournalEntry[]> {
    return this.#file.ask(() =>
      this.#file
        .all(
          `SELECT entry FROM entries WHERE conversation = (SELECT number FROM conversations WHERE id = ?)
          ORDER BY seq DESC LIMIT ?`,
          id,
          Math.max(0, count),
        )
        .map((row) => parseEntry(String(row['entry'])))
        .reverse(),
    )
  }

  list(owner: string, { query, before, limit }: Parameters<Journal['list']>[1]) {
    const words = queryWords(query)
    // `instr` takes what people type literally, where LIKE and full-text queries have a syntax.
    const holdsAll = words.map(
      () => `AND EXISTS (SELECT 1 FROM entries WHERE conversation = number AND instr(folded, ?) > 0)`,
    )
    return this.#file.ask(() =>
      this.#file
        .all(
          `SELECT id, started_at, last_active_at, seq, title FROM conversations
          WHERE owner = ? AND seq > 0 AND last_active_at < ? ${holdsAll.join(' ')}
          ORDER BY last_active_at DESC LIMIT ?`,
          owner,
          before === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(before),
          ...words,
          limit,
        )
        .map(summaryOf),
    )
  }

  countHeld(owner: string, except = ''): Promise<number> {
    return this.#file.ask(() => {
      const row = this.#file.get(
        'SELECT count(*) AS held FROM conversations WHERE owner = ? AND held_until > ? AND id <> ?',
        owner,
        Date.now(),
        except,
      )
      return Number(row?.['held'])
    })
  }

  delete(id: string, owner: string): Promise<boolean> {
    return this.#file.change(
      () => this.#file.run('DELETE FROM conversations WHERE id = ? AND owner = ?', id, owner) === 1,
    )
  }

  deleteAll(owner: string): Promise<readonly string[]> {
    return this.#file.change(() => {
      const ids = this.#file.all('DELETE FROM conversations WHERE owner = ? RETURNING id', owner)
      this.#file.run('DELETE FROM sums WHERE owner = ?', owner)
      return ids.map((row) => String(row['id']))
    })
  }

  sweep(idleBefore: number, deleteBefore: number): Promise<void> {
    return this.#file.change(() => {
      const now = Date.now()
      this.#file.run(
        `DELETE FROM conversations WHERE held_until <= ?1
        AND last_active_at < ?2 AND (seq = 0 OR last_active_at < ?3)`,
        now,
        idleBefore,
        deleteBefore,
      )
      this.#file.run(
        `UPDATE conversations SET state = 'null' WHERE held_until <= ? AND last_active_at < ? AND state <> 'null'`,
        now,
        idleBefore,
      )
      for (const table of ['records', 'taken', 'sums']) this.#file.run(`DELETE FROM ${table} WHERE until <= ?`, now)
    })
  }

  takeOnce(key: string, ttlMs: number): Promise<boolean> {
    return this.#file.ask(() => {
      const now = Date.now()
      const taken = this.#file.run(
        `INSERT INTO taken (key, until) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET until = excluded.until
        WHERE taken.until <= ?`,
        key,
        Math.ceil(now + ttlMs),
        now,
      )
      return taken === 1
    })
  }

  addUp(owner: string, period: string, amounts: Readonly<Record<string, number>>, ttlMs: number) {
    const added = Object.entries(amounts)
    const read = () => this.#sums(owner, period)
    if (added.length === 0) return this.#file.ask(read)
    return this.#file.change(() => {
      const now = Date.now()
      this.#file.run('DELETE FROM sums WHERE owner = ? AND period = ? AND until <= ?', owner, period, now)
      for (const [name, amount] of added) {
        this.#file.run(
          `INSERT INTO sums (owner, period, name, amount, until) VALUES (?, ?, ?, ?, 0)
          ON CONFLICT DO UPDATE SET amount = amount + excluded.amount`,
          owner,
          period,
          name,
          amount,
        )
      }
      this.#file.run('UPDATE sums SET until = ? WHERE owner = ? AND period = ?', Math.ceil(now + ttlMs), owner, period)
      return read()
    })
  }

  #sums(owner: string, period: string): Readonly<Record<string, number>> {
    const rows = this.#file.all(
      'SELECT name, amount FROM sums WHERE owner = ? AND period = ? AND until > ?',
      owner,
      period,
      Date.now(),
    )
    return Object.fromEntries(rows.map((row) => [String(row['name']), Number(row['amount'])]))
  }

  #setLease(id: string, fence: number, until: number): boolean {
    return this.#file.run('UPDATE conversations SET held_until = ? WHERE id = ? AND fence = ?', until, id, fence) === 1
  }

  #isKept(number: number, entry: JournalEntry): boolean {
    const row = this.#file.get('SELECT entry FROM entries WHERE conversation = ? AND seq = ?', number, entry.seq)
    return row?.['entry'] === entryJson(entry)
  }

  #add(number: number, entry: JournalEntry, state: Json | undefined): void {
    this.#file.run(
      'INSERT INTO entries (conversation, seq, entry, folded) VALUES (?, ?, ?, ?)',
      number,
      entry.seq,
      entryJson(entry),
      foldCase(entry.text),
    )
    this.#file.run(
      `UPDATE conversations SET seq = ?1, last_active_at = ?2, state = coalesce(?3, state),
      title = CASE ?1 WHEN 1 THEN ?4 ELSE title END WHERE number = ?5`,
      entry.seq,
      Date.parse(entry.at),
      state === undefined ? null : stateJson(state),
      entry.seq === 1 ? titleOf(entry.text) : '',
      number,
    )
  }
}

function summaryOf(row: Readonly<Record<string, string | number | null>>): ConversationSummary {
  return {
    id: String(row['id']),
    startedAt: new Date(Number(row['started_at'])).toISOString(),
    lastActiveAt: new Date(Number(row['last_active_at'])).toISOString(),
    seq: Number(row['seq']),
    title: String(row['title']),
  }
}
