import { Keyv } from 'keyv'
import { type Logger } from '../logger.ts'
import { ExpiringMap } from './expiring-map.ts'
import { type Json } from './key-value.ts'
import { createKeyValue } from './keyv-key-value.ts'
import { createMemoryBus } from './memory-bus.ts'
import { MemoryJournal } from './memory-journal.ts'
import { type Store } from './store.ts'

/** A store that ends with the process. Relays of one process that share it are instances of one installation. */
export function createMemoryStore({ logger }: { readonly logger: Logger }): Store {
  return {
    kind: 'memory',
    keyValue: createKeyValue(new Keyv<Json>({ store: new ExpiringMap<string>() })),
    journal: new MemoryJournal(),
    bus: createMemoryBus(logger),
    isHealthy: () => Promise.resolve(true),
    close: () => Promise.resolve(),
  }
}
