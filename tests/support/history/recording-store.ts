import { type Journal } from '../../../relay/store/journal.ts'
import { type Store } from '../../../relay/store/store.ts'
import { type History } from './history.ts'
import { type StoredConversation } from './line.ts'

/** The same store, whose answers about owners and entries are written down as those of `instance`. */
export function recordingStore(store: Store, history: History, instance: string): Store {
  const { journal } = store
  const recorded: Pick<Journal, 'create' | 'claim' | 'append'> = {
    async create(conversation) {
      await journal.create(conversation)
      history.add({ event: 'store', call: 'create', instance, id: conversation.id, fence: 1 })
    },
    async claim(id, fence, holder, leaseMs) {
      const claimed = await journal.claim(id, fence, holder, leaseMs)
      if (claimed !== undefined) history.add({ event: 'store', call: 'claim', instance, id, fence: claimed })
      return claimed
    },
    async append(id, fence, entry, state) {
      const line = { event: 'store', call: 'append', instance, id, fence, entry } as const
      history.add({ ...line, step: 'asking' })
      const result = await journal.append(id, fence, entry, state)
      history.add({ ...line, step: 'done', result })
      return result
    },
  }
  return { ...sameStore(store), journal: { ...sameJournal(journal), ...recorded } }
}

/** More than a test ever says. */
const EVERYTHING = 100_000

/** @returns all that these owners said, as the store has it now */
export async function readStored(store: Store, owners: readonly string[]): Promise<readonly StoredConversation[]> {
  const lists = await Promise.all(owners.map((owner) => store.journal.list(owner, { limit: EVERYTHING })))
  const ids = lists.flat().map(({ id }) => id)
  return Promise.all(ids.map(async (id) => ({ id, entries: await store.journal.entriesAfter(id, 0, EVERYTHING) })))
}

/** A store of the same parts, to replace some of them. */
export function sameStore(store: Store): Store {
  return {
    kind: store.kind,
    keyValue: store.keyValue,
    journal: store.journal,
    bus: store.bus,
    ...(store.limiterClient && { limiterClient: store.limiterClient }),
    isHealthy: () => store.isHealthy(),
    close: () => store.close(),
  }
}

/** A journal of the same methods, to replace some of them: those of a class do not spread. */
export function sameJournal(journal: Journal): Journal {
  return {
    create: (...args) => journal.create(...args),
    look: (...args) => journal.look(...args),
    claim: (...args) => journal.claim(...args),
    renew: (...args) => journal.renew(...args),
    release: (...args) => journal.release(...args),
    append: (...args) => journal.append(...args),
    saveState: (...args) => journal.saveState(...args),
    entriesAfter: (...args) => journal.entriesAfter(...args),
    latest: (...args) => journal.latest(...args),
    list: (...args) => journal.list(...args),
    countHeld: (...args) => journal.countHeld(...args),
    delete: (...args) => journal.delete(...args),
    deleteAll: (...args) => journal.deleteAll(...args),
    sweep: (...args) => journal.sweep(...args),
    takeOnce: (...args) => journal.takeOnce(...args),
    addUp: (...args) => journal.addUp(...args),
  }
}
