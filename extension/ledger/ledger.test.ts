import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LedgerBounds } from './ledger-bounds.ts'
import { type ChainedEntry, type LedgerEntryOf } from './ledger-entry.ts'
import { Ledger, type Note, noteWith } from './ledger.ts'
import { MemoryLedgerStore } from './memory-store.ts'
import { verifyLedger } from './verify.ts'

const HEAD = { at: Date.now(), relay: 'http://127.0.0.1:8787', session: 's1', line: 'l1' }

const soundNote: Note = {
  entry: {
    ...HEAD,
    kind: 'sound',
    startMs: 1,
    endMs: 33,
    frames: 1,
    bytes: 1024,
    firstSeq: 1,
    lastSeq: 1,
    resent: 0,
    unsure: 0,
  },
}

function textNote(words: string, session = 's1'): Promise<Note> {
  const entry = { ...HEAD, session, kind: 'text', source: 'typed', characters: words.length } as const
  return noteWith<LedgerEntryOf<'text'>>(entry, { salt: 'salt', words })
}

function pictureNote(title: string): Promise<Note> {
  const picture = { width: 2, height: 1, imageSeq: 1, reason: 'first', picture: 'hash', bytes: 10 } as const
  const entry = { ...HEAD, kind: 'picture', source: 'tab', ...picture } as const
  const content = { salt: 'salt', title, host: 'e.org', thumbnail: new Uint8Array([1, 2, 3]) }
  return noteWith<LedgerEntryOf<'picture'>>(entry, content)
}

async function newLedger(notes: readonly (Note | Promise<Note>)[], bounds?: LedgerBounds) {
  const store = new MemoryLedgerStore()
  const ledger = new Ledger(() => Promise.resolve(store), bounds)
  for (const note of notes) await ledger.append([await note])
  return { store, ledger }
}

const WHOLE = [soundNote, textNote('what is this'), pictureNote('Beavers'), soundNote, textNote('and that')]

describe('an untouched ledger', () => {
  it('is found whole, with the hash of its newest entry as seal', async () => {
    const { store } = await newLedger(WHOLE)
    const verdict = await verifyLedger(store)
    expect(verdict).toEqual({ ok: true, entries: 5, seal: store.all.get(5)?.hash, forgotten: 0, pruned: 0 })
  })

  it('is found whole when it is empty', async () => {
    const { store } = await newLedger([])
    expect(await verifyLedger(store)).toMatchObject({ ok: true, entries: 0 })
  })

  it('keeps its chain when several write at once', async () => {
    const { store, ledger } = await newLedger([])
    await Promise.all(Array.from({ length: 20 }, () => ledger.append([soundNote, soundNote])))
    expect(await verifyLedger(store)).toMatchObject({ ok: true, entries: 40 })
  })
})

/** Every way to a value inside a record. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [path]
  return Object.entries(value).flatMap(([key, part]) => pathsOf(part, [...path, key]))
}

function changedAt(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to
  const object = value as Record<string, unknown>
  return { ...object, [key]: changedAt(object[key], rest, to) }
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], value)
}

describe('a ledger that was touched', () => {
  it('is found out whatever field of whatever entry or content was changed', async () => {
    const any = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(undefined), fc.double({ noNaN: true }))
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), any, async (pickRecord, pickPath, to) => {
        const { store } = await newLedger(WHOLE)
        const maps: readonly Map<number, unknown>[] = [store.all, store.allContents]
        const records = maps.flatMap((map) => [...map].map(([key, record]) => ({ map, key, record })))
        const chosen = records[pickRecord % records.length]!
        const paths = pathsOf(chosen.record)
        const path = paths[pickPath % paths.length]!
        const before = valueAt(chosen.record, path)
        const value = before instanceof Uint8Array ? new Uint8Array([...before, 9]) : to
        fc.pre(JSON.stringify(value) !== JSON.stringify(before))
        chosen.map.set(chosen.key, changedAt(chosen.record, path, value))
        expect(await verifyLedger(store)).toMatchObject({ ok: false })
      }),
      { numRuns: 400 },
    )
  })

  it('is found out when entries are taken out, at the start, in the middle or at the end', async () => {
    const subset = fc.subarray([1, 2, 3, 4, 5], { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(subset, async (taken) => {
        const { store } = await newLedger(WHOLE)
        for (const seq of taken) {
          store.all.delete(seq)
          store.allContents.delete(seq)
        }
        expect(await verifyLedger(store)).toMatchObject({ ok: false })
      }),
    )
  })

  it('is found out when two entries change places or one is put in twice', async () => {
    const { store } = await newLedger(WHOLE)
    const [first, fourth] = [store.all.get(1)!, store.all.get(4)!]
    store.all.set(1, fourth).set(4, first)
    expect(await verifyLedger(store)).toMatchObject({ ok: false })

    const other = (await newLedger(WHOLE)).store
    other.all.set(6, other.all.get(5)!)
    expect(await verifyLedger(other)).toMatchObject({ ok: false, fault: 'entriesMissing' })
  })

  it('is found out when an entry was changed together with its hash', async () => {
    const { store } = await newLedger(WHOLE)
    const forged = await newLedger([textNote('forged')])
    const link: ChainedEntry = { ...forged.store.all.get(1)!, seq: 1 }
    store.all.set(1, link)
    store.allContents.set(1, forged.store.allContents.get(1)!)
    expect(await verifyLedger(store)).toEqual({ ok: false, fault: 'entriesMissing', seq: 2 })
  })

  it('is found out when a thumbnail vanished and nobody asked for that', async () => {
    const { store } = await newLedger(WHOLE)
    store.allContents.delete(3)
    expect(await verifyLedger(store)).toEqual({ ok: false, fault: 'contentMissing', seq: 3 })
  })
})

describe('forgetting', () => {
  it('erases words and pictures of a conversation, and the chain says so and stays whole', async () => {
    const { store, ledger } = await newLedger([...WHOLE, textNote('of another', 's2')])
    const bytesBefore = store.newest.bytes
    await ledger.forget(({ session }) => session === 's1')
    expect([...store.allContents.values()].map(({ words }) => words)).toEqual(['of another'])
    expect(store.all.get(7)?.entry).toMatchObject({ kind: 'forgotten', session: 's1' })
    expect(store.newest.bytes).toBeLessThan(bytesBefore)
    expect(await verifyLedger(store)).toMatchObject({ ok: true, entries: 7, forgotten: 3 })
  })

  it('covers nothing that was written afterwards', async () => {
    const { store, ledger } = await newLedger(WHOLE)
    await ledger.forget(() => true)
    await ledger.append([await textNote('new')])
    store.allContents.delete(7)
    expect(await verifyLedger(store)).toEqual({ ok: false, fault: 'contentMissing', seq: 7 })
  })

  it('writes nothing when there is nothing to forget', async () => {
    const { store, ledger } = await newLedger([soundNote])
    await ledger.forget(() => true)
    expect(store.all.size).toBe(1)
  })
})

const old: Note = { entry: { ...soundNote.entry, at: 1 } }

describe('the bounds', () => {
  it('drop the oldest entries, and a newer one tells which', async () => {
    const notes = Array.from({ length: 40 }, () => soundNote)
    const { store } = await newLedger(notes, { bytes: 3000, ageMs: Infinity })
    expect(store.newest.bytes).toBeLessThanOrEqual(3000)
    expect(store.all.size).toBeLessThan(30)
    const oldest = Math.min(...store.all.keys())
    expect(await verifyLedger(store)).toMatchObject({ ok: true, pruned: oldest - 1 })
  })

  it('drop what is too old when the ledger is opened again', async () => {
    const { store } = await newLedger([old, old, soundNote])
    const later = new Ledger(() => Promise.resolve(store), { bytes: 1e9, ageMs: 3_600_000 })
    await later.recover()
    expect([...store.all.values()].map(({ entry }) => entry.kind)).toEqual(['sound', 'pruned'])
    expect(await verifyLedger(store)).toMatchObject({ ok: true, entries: 2, pruned: 2 })
  })

  it('cannot be used to hide more: what was dropped besides is missed', async () => {
    const { store } = await newLedger([old, old, soundNote, soundNote])
    await new Ledger(() => Promise.resolve(store), { bytes: 1e9, ageMs: 3_600_000 }).recover()
    store.all.delete(Math.min(...store.all.keys()))
    expect(await verifyLedger(store)).toMatchObject({ ok: false, fault: 'entriesMissing' })
  })

  it('make room once when the store has none left', async () => {
    const { store, ledger } = await newLedger(WHOLE)
    const write = store.write.bind(store)
    let refusals = 1
    store.write = (change) => (refusals-- > 0 ? Promise.reject(new Error('QuotaExceededError')) : write(change))
    await ledger.append([soundNote])
    expect(await verifyLedger(store)).toMatchObject({ ok: true })
    expect(Math.max(...store.all.keys())).toBe(7)
  })
})

describe('after a crash', () => {
  it('shows what may have left, at most an allowance more than what is known', async () => {
    const { store, ledger } = await newLedger([soundNote])
    const { entry } = soundNote
    if (entry.kind !== 'sound') throw new Error('not a sound')
    const { at, relay, session, line, ...stretch } = entry
    await ledger.expect({ at, relay, session, line, stretch: { ...stretch, frames: 10 }, mayFollow: 32 })
    await ledger.expect({ at, relay, session, line: 'l2', mayFollow: 16 })
    await new Ledger(() => Promise.resolve(store)).recover()
    expect(store.all.get(2)?.entry).toMatchObject({ line: 'l1', frames: 42, unsure: 32, firstSeq: 1 })
    expect(store.all.get(3)?.entry).toMatchObject({ line: 'l2', frames: 16, unsure: 16 })
    expect(await store.aheads()).toEqual([])
    expect(await verifyLedger(store)).toMatchObject({ ok: true, entries: 3 })
  })
})
