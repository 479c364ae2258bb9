import { type Logger } from '../logger.ts'
import { StoreError } from './key-value.ts'
import { createMemoryStore } from './memory-store.ts'
import { openRedisStore } from './redis-store.ts'
import { openSqliteStore } from './sqlite-store.ts'
import { type Store } from './store.ts'

export interface OpenStoreOptions {
  readonly logger: Logger
}

/**
 * Opens the store at an address of `ASIDE_STORE`.
 *
 * @param url `memory:`, `sqlite:PATH` or `redis(s)://…`
 * @throws {StoreError} when it cannot be used; the message says what to do
 */
export async function openStore(url: string, options: OpenStoreOptions): Promise<Store> {
  if (url === 'memory:') return createMemoryStore(options)
  if (url.startsWith(SQLITE)) return openSqliteStore(url.slice(SQLITE.length), options)
  if (/^rediss?:$/.test(URL.parse(url)?.protocol ?? '')) return await openRedisStore(url, options)
  throw new StoreError('ASIDE_STORE must be memory:, sqlite:PATH or redis://HOST:PORT.')
}

const SQLITE = 'sqlite:'
