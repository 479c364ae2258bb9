import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from './redis-server.ts'
import { createLogger } from '../../relay/logger.ts'
import { openStore } from '../../relay/store/open-store.ts'
import { type Store } from '../../relay/store/store.ts'

/** The store of one kind, opened twice as two instances of a relay would. */
export interface OpenStores {
  readonly name: string
  /** Two connections to the same data. */
  readonly here: Store
  readonly there: Store
  close(): Promise<void>
}

export const quiet = createLogger('silent', { write: () => undefined })

export async function openMemory(): Promise<OpenStores> {
  const store = await openStore('memory:', { logger: quiet })
  return { name: 'memory', here: store, there: store, close: () => store.close() }
}

export async function openSqlite(): Promise<OpenStores> {
  const folder = mkdtempSync(join(tmpdir(), 'aside-store-'))
  const url = `sqlite:${join(folder, 'relay.sqlite')}`
  const [here, there] = await Promise.all([openStore(url, { logger: quiet }), openStore(url, { logger: quiet })])
  return {
    name: 'sqlite',
    here,
    there,
    async close() {
      await Promise.all([here.close(), there.close()])
      rmSync(folder, { recursive: true })
    },
  }
}

export async function openRedis(): Promise<OpenStores> {
  const redis = await startRedis()
  const [here, there] = await Promise.all([
    openStore(redis.url, { logger: quiet }),
    openStore(redis.url, { logger: quiet }),
  ])
  return {
    name: 'redis',
    here,
    there,
    async close() {
      await Promise.all([here.close(), there.close()])
      await redis.stop()
    },
  }
}
