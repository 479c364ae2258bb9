import { type DatabaseSync } from 'node:sqlite'

/** Marks a file as ours (`PRAGMA application_id`): “Asid”. */
const APPLICATION_ID = 0x41_73_69_64

/** What brings a file from one version to the next; its number of steps is its `user_version`. Never change one: add. */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE records (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    until INTEGER
  ) STRICT;
  CREATE INDEX records_by_end ON records (until) WHERE until IS NOT NULL;

  CREATE TABLE conversations (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    last_active_at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    title TEXT NOT NULL,
    fence INTEGER NOT NULL,
    holder TEXT NOT NULL,
    held_until INTEGER NOT NULL,
    state TEXT NOT NULL
  ) STRICT;
  CREATE INDEX conversations_of_owner ON conversations (owner, last_active_at);
  CREATE INDEX conversations_by_activity ON conversations (last_active_at);

  CREATE TABLE entries (
    conversation INTEGER NOT NULL REFERENCES conversations (number) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    entry TEXT NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (conversation, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE taken (
    key TEXT PRIMARY KEY,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX taken_by_end ON taken (until);

  CREATE TABLE sums (
    owner TEXT NOT NULL,
    period TEXT NOT NULL,
    name TEXT NOT NULL,
    amount REAL NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (owner, period, name)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sums_by_end ON sums (until);
  `,
]

/**
 * Brings a file to this version's form; of several processes one does it and the others wait.
 *
 * @throws when the file is another program's, or a newer version's
 */
export function migrate(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    const version = requireOurs(database)
    for (const step of MIGRATIONS.slice(version)) database.exec(step)
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}`)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** @returns the version of the file, 0 for a new one */
function requireOurs(database: DatabaseSync): number {
  const version = readPragma(database, 'user_version')
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.['count']
  const isNew = version === 0 && tables === 0
  if (!isNew && readPragma(database, 'application_id') !== APPLICATION_ID) {
    throw new Error('it is the database of another program')
  }
  if (version > MIGRATIONS.length) throw new Error('a newer version of the relay made it')
  return version
}

function readPragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name])
}
