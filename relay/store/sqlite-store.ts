import { Keyv } from 'keyv'
import { type Logger } from '../logger.ts'
import { type Json } from './key-value.ts'
import { createKeyValue } from './keyv-key-value.ts'
import { KeyvSqlite } from './keyv-sqlite.ts'
import { createMemoryBus } from './memory-bus.ts'
import { SqliteFile } from './sqlite-file.ts'
import { SqliteJournal } from './sqlite-journal.ts'
import { type Store } from './store.ts'

/**
 * A store in one file of this machine. Several processes may open it, but its bus ends at the process: for several relays
 * use Redis.
 *
 * @throws {StoreError} when the file cannot be used; the message says what to do
 */
export function openSqliteStore(path: string, { logger }: { readonly logger: Logger }): Store {
  const file = new SqliteFile(path)
  return {
    kind: 'sqlite',
    keyValue: createKeyValue(new Keyv<Json>({ store: new KeyvSqlite(file) })),
    journal: new SqliteJournal(file),
    bus: createMemoryBus(logger),
    isHealthy: () =>
      // Also finds a file that cannot be written any more.
      file
        .change(() => undefined)
        .then(
          () => true,
          () => false,
        ),
    close: () =>
      file.ask(() => {
        file.close()
      }),
  }
}
