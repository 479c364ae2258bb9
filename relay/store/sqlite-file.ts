import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { StoreError } from './key-value.ts'
import { migrate } from './sqlite-schema.ts'

/** Another process, such as `npm run pair`, writes for a moment. The event loop waits too, and with it everybody's sound. */
const BUSY_TIMEOUT_MS = 250

type Row = Readonly<Record<string, string | number | null>>

/** A file of node:sqlite: prepares each statement once, and every failure is a `StoreError`. */
export class SqliteFile {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  /**
   * Opens the file and brings it to this version's form; makes it, for this user alone, when there is none.
   *
   * @throws {StoreError} when it cannot be used; the message says what to do
   */
  constructor(path: string) {
    try {
      makeFile(path)
      this.#database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
    } catch (error) {
      throw unusable(path, error)
    }
    try {
      prepareDatabase(this.#database)
      migrate(this.#database)
    } catch (error) {
      this.#database.close()
      throw unusable(path, error)
    }
  }

  /** @returns the first row, if there is one */
  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values) as Row | undefined
  }

  all(sql: string, ...values: SQLInputValue[]): readonly Row[] {
    return this.#prepare(sql).all(...values) as Row[]
  }

  /** @returns how many rows it changed */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes)
  }

  /** Runs a step; what it throws is a rejection with `StoreError`. */
  ask<Value>(step: () => Value): Promise<Value> {
    return new Promise((resolve) => {
      try {
        resolve(step())
      } catch (error) {
        throw storeError(error)
      }
    })
  }

  /** Runs a step that changes all it changes or nothing, alone among the processes that write. */
  change<Value>(step: () => Value): Promise<Value> {
    return this.ask(() => {
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        const value = step()
        this.#database.exec('COMMIT')
        return value
      } catch (error) {
        // A full disk may have ended it already.
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw error
      }
    })
  }

  close(): void {
    this.#statements.clear()
    if (this.#database.isOpen) this.#database.close()
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}

/** SQLite gives the files beside it (-wal, -shm) the same mode. */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
}

function prepareDatabase(database: DatabaseSync): void {
  const journal = database.prepare('PRAGMA journal_mode = WAL').get()
  // In WAL an entry may be lost by a power cut but never by a crash of the process, and the file stays whole (ADR 0007).
  const isWal = journal?.['journal_mode'] === 'wal'
  database.exec(
    `PRAGMA synchronous = ${isWal ? 'NORMAL' : 'FULL'}; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF`,
  )
}

function unusable(path: string, error: unknown): StoreError {
  return new StoreError(
    `Conversations cannot be kept in ${path}: ${reasonOf(error)}. Make its folder writable, or name another file: ASIDE_STORE=sqlite:PATH.`,
    { cause: error },
  )
}

function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  return new StoreError(`The store's file failed: ${reasonOf(error)}.`, { cause: error })
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
}
