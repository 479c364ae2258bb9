import { EventEmitter } from 'node:events'
import { type KeyvStoreAdapter } from 'keyv'
import { type SqliteFile } from './sqlite-file.ts'

/** Keyv's records in a file of node:sqlite; passes `@keyv/test-suite`. Keys come with their namespace in front. */
export class KeyvSqlite extends EventEmitter implements KeyvStoreAdapter {
  /** Keyv iterates only stores whose dialect it knows. */
  readonly opts = { dialect: 'sqlite' }
  namespace: string | undefined
  readonly #file: SqliteFile

  constructor(file: SqliteFile) {
    super()
    this.#file = file
  }

  get<Value>(key: string): Promise<Value | undefined> {
    return this.#file.ask(() => {
      const row = this.#file.get(
        'SELECT value FROM records WHERE key = ? AND (until IS NULL OR until > ?)',
        key,
        Date.now(),
      )
      // Keyv asks for what it is to deserialise.
      return row?.['value'] as Value | undefined
    })
  }

  set(key: string, value: string, ttlMs?: number): Promise<boolean> {
    return this.#file.ask(() => {
      const until = ttlMs === undefined ? null : Math.ceil(Date.now() + ttlMs)
      this.#file.run('INSERT OR REPLACE INTO records (key, value, until) VALUES (?, ?, ?)', key, value, until)
      return true
    })
  }

  delete(key: string): Promise<boolean> {
    return this.#file.ask(() => {
      const row = this.#file.get('DELETE FROM records WHERE key = ? RETURNING until', key)
      return row !== undefined && isAlive(row['until'])
    })
  }

  clear(): Promise<void> {
    return this.#file.ask(() => {
      this.#file.run('DELETE FROM records WHERE substr(key, 1, length(?1)) = ?1', this.#prefix(this.namespace))
    })
  }

  async *iterator<Value>(namespace?: string): AsyncGenerator<(string | Awaited<Value> | undefined)[], void> {
    const prefix = this.#prefix(namespace)
    let after = ''
    for (;;) {
      const row = await this.#file.ask(() =>
        this.#file.get(
          `SELECT key, value FROM records
          WHERE key > ?1 AND substr(key, 1, length(?2)) = ?2 AND (until IS NULL OR until > ?3) ORDER BY key LIMIT 1`,
          after,
          prefix,
          Date.now(),
        ),
      )
      if (row === undefined) return
      after = String(row['key'])
      yield [after, row['value'] as Awaited<Value>]
    }
  }

  #prefix(namespace: string | undefined): string {
    return namespace === undefined ? '' : `${namespace}:`
  }
}

function isAlive(until: string | number | null | undefined): boolean {
  return until === null || Number(until) > Date.now()
}
