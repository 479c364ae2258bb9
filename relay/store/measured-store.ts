import { type Metrics } from '../metrics.ts'
import { type Bus } from './bus.ts'
import { type Journal } from './journal.ts'
import { type KeyValue } from './key-value.ts'
import { type Store } from './store.ts'

type Measure = <Args extends unknown[], Result>(
  operation: string,
  call: (...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<Result>

/** The same store, with the time and the outcome of each call counted. */
export function measuredStore(store: Store, metrics: Pick<Metrics, 'storeAsked'>): Store {
  const measure: Measure =
    (operation, call) =>
    async (...args) => {
      const startedAtMs = performance.now()
      try {
        const result = await call(...args)
        metrics.storeAsked(operation, true, performance.now() - startedAtMs)
        return result
      } catch (error) {
        metrics.storeAsked(operation, false, performance.now() - startedAtMs)
        throw error
      }
    }
  return {
    kind: store.kind,
    keyValue: measuredKeyValue(store.keyValue, measure),
    journal: measuredJournal(store.journal, measure),
    bus: measuredBus(store.bus, measure),
    ...(store.limiterClient === undefined ? {} : { limiterClient: store.limiterClient }),
    isHealthy: () => store.isHealthy(),
    close: () => store.close(),
  }
}

function measuredKeyValue(keyValue: KeyValue, measure: Measure): KeyValue {
  return {
    get: measure('get', (...args) => keyValue.get(...args)),
    set: measure('set', (...args) => keyValue.set(...args)),
    delete: measure('delete', (...args) => keyValue.delete(...args)),
  }
}

function measuredJournal(journal: Journal, measure: Measure): Journal {
  return {
    create: measure('create', (...args) => journal.create(...args)),
    look: measure('look', (...args) => journal.look(...args)),
    claim: measure('claim', (...args) => journal.claim(...args)),
    renew: measure('renew', (...args) => journal.renew(...args)),
    release: measure('release', (...args) => journal.release(...args)),
    append: measure('append', (...args) => journal.append(...args)),
    saveState: measure('save_state', (...args) => journal.saveState(...args)),
    entriesAfter: measure('entries_after', (...args) => journal.entriesAfter(...args)),
    latest: measure('latest', (...args) => journal.latest(...args)),
    list: measure('list', (...args) => journal.list(...args)),
    countHeld: measure('count_held', (...args) => journal.countHeld(...args)),
    delete: measure('delete_conversation', (...args) => journal.delete(...args)),
    deleteAll: measure('delete_all', (...args) => journal.deleteAll(...args)),
    sweep: measure('sweep', (...args) => journal.sweep(...args)),
    takeOnce: measure('take_once', (...args) => journal.takeOnce(...args)),
    addUp: measure('add_up', (...args) => journal.addUp(...args)),
  }
}

function measuredBus(bus: Bus, measure: Measure): Bus {
  return {
    publish: measure('publish', (...args) => bus.publish(...args)),
    subscribe: (...args) => bus.subscribe(...args),
    onRestored: (...args) => bus.onRestored(...args),
  }
}
