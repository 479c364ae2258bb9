import { type Journal } from '../../../relay/store/journal.ts'
import { type Store } from '../../../relay/store/store.ts'
import { sameJournal, sameStore } from './recording-store.ts'

/*
 * Stores that break one promise each, so that the judge of histories can be seen to notice.
 */

/** A store that confirms entries before it has them; what it does not have yet dies with its instance. */
export interface HastyStore {
  readonly store: Store
  /** The instance is killed: what was only promised is gone. */
  readonly crash: () => void
}

/** @param delayMs from the confirmation to the writing */
export function hastyStore(store: Store, delayMs: number): HastyStore {
  const { journal } = store
  const timers = new Set<NodeJS.Timeout>()
  const append: Journal['append'] = (...args) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      void journal.append(...args)
    }, delayMs)
    timers.add(timer)
    return Promise.resolve('appended')
  }
  return {
    store: { ...sameStore(store), journal: { ...sameJournal(journal), append } },
    crash: () => {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

/** A store that lets everybody write. @param fences newest fence by conversation; one map for all instances */
export function fencelessStore(store: Store, fences: Map<string, number>): Store {
  const { journal } = store
  const newest = (id: string, fence: number) => Math.max(fence, fences.get(id) ?? 0)
  const careless: Pick<Journal, 'claim' | 'renew' | 'append' | 'saveState'> = {
    async claim(id, fence, holder, leaseMs) {
      const claimed = await journal.claim(id, fence, holder, leaseMs)
      if (claimed !== undefined) fences.set(id, claimed)
      return claimed
    },
    renew: (id, fence, leaseMs) => journal.renew(id, newest(id, fence), leaseMs),
    async append(id, fence, entry, state) {
      const standing = await journal.latest(id, 1)
      // Two writers with two counts: without a fence each writes behind the other.
      const seq = (standing[0]?.seq ?? 0) + 1
      return journal.append(id, newest(id, fence), { ...entry, seq }, state)
    },
    saveState: (id, fence, state) => journal.saveState(id, newest(id, fence), state),
  }
  return { ...sameStore(store), journal: { ...sameJournal(journal), ...careless } }
}

/** A store that has forgotten what a client missed. */
export function forgetfulStore(store: Store): Store {
  const entriesAfter: Journal['entriesAfter'] = () => Promise.resolve([])
  return { ...sameStore(store), journal: { ...sameJournal(store.journal), entriesAfter } }
}

/** A store whose bus brings nothing, as on an instance that is cut off. */
export function deafStore(store: Store): Store {
  const { bus } = store
  return {
    ...sameStore(store),
    bus: {
      publish: (topic, message) => bus.publish(topic, message),
      subscribe: () => () => undefined,
      onRestored: (listener) => bus.onRestored(listener),
    },
  }
}
