import { type ChainedEntry, EMPTY_HEAD, type LedgerContent, type LedgerHead, type SoundAhead } from './ledger-entry.ts'
import { type LedgerChange, type LedgerStore } from './ledger-store.ts'

const DATABASE = 'aside-ledger'
const STORES = ['entries', 'contents', 'aheads', 'head'] as const
const HEAD_KEY = 'head'
const LOCK = 'aside-ledger'

/**
 * The ledger in this browser's profile. A confirmed write survives the end of the browser; one that was confirmed in the
 * moment before the machine lost power may not (`durability: relaxed`: half a millisecond instead of ten per write).
 */
export async function openIndexedLedger(): Promise<LedgerStore> {
  const opening = indexedDB.open(DATABASE, 1)
  opening.addEventListener('upgradeneeded', () => {
    for (const name of STORES) opening.result.createObjectStore(name)
  })
  const database = await answered(opening)
  // A newer version of the extension may want to change it.
  database.addEventListener('versionchange', () => database.close())
  const read = (name: (typeof STORES)[number]) => database.transaction(name).objectStore(name)
  return {
    write(change) {
      const transaction = database.transaction(STORES, 'readwrite', { durability: 'relaxed' })
      apply(change, (name) => transaction.objectStore(name))
      return committed(transaction)
    },
    head: async () => ((await answered(read('head').get(HEAD_KEY))) as LedgerHead | undefined) ?? EMPTY_HEAD,
    entries: (from, limit) =>
      answered(read('entries').getAll(IDBKeyRange.lowerBound(from), limit)) as Promise<ChainedEntry[]>,
    entriesBelow: (below, limit) => newestBelow(read('entries'), below, limit),
    contents: (from, to) => contentsBetween(read('contents'), IDBKeyRange.bound(from, to)),
    aheads: () => answered(read('aheads').getAll()) as Promise<SoundAhead[]>,
    alone: (act) => navigator.locks.request(LOCK, act),
  }
}

function apply(change: LedgerChange, storeOf: (name: (typeof STORES)[number]) => IDBObjectStore): void {
  const {
    entries = [],
    contents = new Map<number, LedgerContent>(),
    dropContents = [],
    dropBelow,
    putAhead,
    dropAhead,
    head,
  } = change
  // `add`, not `put`: what stands in a ledger is never written over.
  for (const entry of entries) storeOf('entries').add(entry, entry.seq)
  for (const [seq, content] of contents) storeOf('contents').add(content, seq)
  for (const seq of dropContents) storeOf('contents').delete(seq)
  if (dropBelow !== undefined) {
    storeOf('entries').delete(IDBKeyRange.upperBound(dropBelow, true))
    storeOf('contents').delete(IDBKeyRange.upperBound(dropBelow, true))
  }
  if (putAhead !== undefined) storeOf('aheads').put(putAhead, putAhead.line)
  if (dropAhead !== undefined) storeOf('aheads').delete(dropAhead)
  if (head !== undefined) storeOf('head').put(head, HEAD_KEY)
}

async function newestBelow(store: IDBObjectStore, below: number, limit: number): Promise<readonly ChainedEntry[]> {
  const newest = store.openKeyCursor(IDBKeyRange.upperBound(below, true), 'prev')
  const cursor = await answered(newest)
  if (cursor === null) return []
  const last = cursor.key as number
  const range = IDBKeyRange.bound(last - limit + 1, last)
  return answered(store.getAll(range)) as Promise<ChainedEntry[]>
}

async function contentsBetween(store: IDBObjectStore, range: IDBKeyRange): Promise<ReadonlyMap<number, LedgerContent>> {
  const [keys, contents] = await Promise.all([answered(store.getAllKeys(range)), answered(store.getAll(range))])
  return new Map(keys.map((key, index) => [key as number, contents[index] as LedgerContent]))
}

function answered<Result>(request: IDBRequest<Result>): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  request.addEventListener('success', () => resolve(request.result))
  request.addEventListener('error', () => reject(faultOf(request.error)))
  return promise
}

function committed(transaction: IDBTransaction): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  transaction.addEventListener('complete', () => resolve(undefined))
  transaction.addEventListener('abort', () => reject(faultOf(transaction.error)))
  return promise
}

function faultOf(error: DOMException | null): Error {
  return new Error(error === null ? 'The ledger’s store gave up.' : `${error.name}: ${error.message}`)
}
