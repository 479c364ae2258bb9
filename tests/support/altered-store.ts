import { createLogger } from '../../relay/logger.ts'
import { type Journal } from '../../relay/store/journal.ts'
import { createMemoryStore } from '../../relay/store/memory-store.ts'
import { type Store } from '../../relay/store/store.ts'

/** A store in memory for relays to share. */
export function newMemoryStore(): Store {
  return createMemoryStore({ logger: createLogger('silent', { write: () => undefined }) })
}

/** The store with some of its journal's methods done otherwise; `real` is the journal itself. */
export function withJournal(store: Store, change: (real: Journal) => Partial<Journal>): Store {
  const changes = change(store.journal)
  const journal = new Proxy(store.journal, {
    get: (real, name) => {
      const method: unknown = Reflect.get(changes, name) ?? Reflect.get(real, name)
      return typeof method === 'function' ? (method.bind(real) as unknown) : method
    },
  })
  return { ...store, journal }
}
