import { canonicalJson, chained, contentHash } from './chain.ts'
import {
  type ChainedEntry,
  type LedgerContent,
  type LedgerEntry,
  type LedgerHead,
  type SoundAhead,
  type SoundFact,
} from './ledger-entry.ts'
import { chooseDropped, type LedgerBounds } from './ledger-bounds.ts'
import { type LedgerChange, type LedgerStore } from './ledger-store.ts'

/** An entry that is to be written, and what of it may be erased one day. */
export interface Note {
  readonly entry: LedgerEntry
  readonly content?: LedgerContent
}

type Ahead = Pick<LedgerChange, 'putAhead' | 'dropAhead'>

/** Entries between two looks for what is too old. */
const LOOK_EVERY = 256
const PAGE = 500
const DAY_MS = 24 * 60 * 60 * 1000
const BOUNDS: LedgerBounds = { bytes: 50 * 1024 * 1024, ageMs: 30 * DAY_MS }

/**
 * What left this browser, written before it left: entries are only ever added, each bears the hash of the one before
 * (`chain.ts`), and `verify.ts` finds what was changed. The oldest go after 30 days or above 50 MB, and the ledger says so.
 */
export class Ledger {
  readonly #open: () => Promise<LedgerStore>
  readonly #bounds: LedgerBounds
  #store: Promise<LedgerStore> | undefined

  constructor(open: () => Promise<LedgerStore>, bounds: LedgerBounds = BOUNDS) {
    this.#open = open
    this.#bounds = bounds
  }

  store(): Promise<LedgerStore> {
    this.#store ??= this.#open()
    return this.#store
  }

  /** Adds entries, and says in the same step what sound may follow them. Rejects when the store did not confirm. */
  append(notes: readonly Note[], ahead: Ahead = {}): Promise<void> {
    return this.#persistently((store) =>
      store.alone(async () => {
        await add(store, notes, ahead)
        const { bytes, seq } = await store.head()
        if (bytes > this.#bounds.bytes || seq % LOOK_EVERY < notes.length) await this.#prune(store, this.#bounds)
      }),
    )
  }

  /** Says what sound may leave now. Rejects when the store did not confirm. */
  expect(ahead: SoundAhead): Promise<void> {
    return this.#persistently((store) => store.write({ putAhead: ahead }))
  }

  /** After a crash: what was said to be on its way becomes an entry. To be called before the first line. */
  async recover(): Promise<void> {
    const left = await (await this.store()).aheads()
    for (const ahead of left) await this.append([{ entry: soundOf(ahead) }], { dropAhead: ahead.line })
    await this.#alone((store) => this.#prune(store, this.#bounds))
  }

  /** Erases the words and thumbnails of these entries' sessions. The entries stay, and one more says what was done. */
  forget(isMeant: (entry: LedgerEntry) => boolean): Promise<void> {
    return this.#alone(async (store) => {
      const notes = new Map<string, Note>()
      const dropContents: number[] = []
      let bytes = 0
      await walk(store, ({ seq, entry }, content) => {
        if (!isMeant(entry)) return
        const { relay, session } = entry
        notes.set(session, { entry: { at: Date.now(), relay, session, line: '', kind: 'forgotten' } })
        if (content === undefined) return
        dropContents.push(seq)
        bytes += contentBytes(content)
      })
      if (dropContents.length > 0) await add(store, [...notes.values()], { dropContents }, -bytes)
    })
  }

  /** Once more where that may help: the store was closed under our hands, or is full, and older entries can make room. */
  async #persistently(write: (store: LedgerStore) => Promise<void>): Promise<void> {
    try {
      await write(await this.store())
    } catch (error) {
      this.#store = undefined
      const store = await this.store()
      if (String(error).includes('QuotaExceeded')) {
        await store.alone(async () => this.#prune(store, { ...this.#bounds, bytes: (await store.head()).bytes / 2 }))
      }
      await write(store)
    }
  }

  async #prune(store: LedgerStore, bounds: LedgerBounds): Promise<void> {
    const { bytes } = await store.head()
    const choice = chooseDropped(bounds, bytes, Date.now())
    await walk(store, ({ seq, entry, hash }, content) =>
      choice.offer({ seq, hash, at: entry.at }, bytesOf(entry, content)),
    )
    const { dropped, droppedBytes } = choice
    if (dropped === undefined) return
    const { seq: upTo, hash } = dropped
    const entry: LedgerEntry = { at: Date.now(), relay: '', session: '', line: '', kind: 'pruned', upTo, hash }
    await add(store, [{ entry }], { dropBelow: upTo + 1 }, -droppedBytes)
  }

  async #alone<Result>(act: (store: LedgerStore) => Promise<Result>): Promise<Result> {
    const store = await this.store()
    return store.alone(() => act(store))
  }
}

async function add(
  store: LedgerStore,
  notes: readonly Note[],
  also: Omit<LedgerChange, 'entries' | 'contents' | 'head'>,
  moreBytes = 0,
): Promise<void> {
  let head = await store.head()
  const entries: ChainedEntry[] = []
  const contents = new Map<number, LedgerContent>()
  for (const { entry, content } of notes) {
    const link = await chained(head.seq + 1, head.hash, entry)
    entries.push(link)
    if (content !== undefined) contents.set(link.seq, content)
    head = { seq: link.seq, hash: link.hash, bytes: head.bytes + bytesOf(entry, content) }
  }
  const newest: LedgerHead = { ...head, bytes: Math.max(0, head.bytes + moreBytes) }
  await store.write({ ...also, entries, contents, head: newest })
}

/** Every entry with its content, oldest first, until one answers false. */
async function walk(
  store: LedgerStore,
  visit: (link: ChainedEntry, content: LedgerContent | undefined) => boolean | undefined,
): Promise<void> {
  for (let from = 0; ;) {
    const entries = await store.entries(from, PAGE)
    const last = entries.at(-1)
    if (last === undefined) return
    const contents = await store.contents(from, last.seq)
    for (const link of entries) if (visit(link, contents.get(link.seq)) === false) return
    from = last.seq + 1
  }
}

/** An upper bound: what of `mayFollow` really left, nobody knows any more. */
function soundOf({ at, relay, session, line, stretch, mayFollow }: SoundAhead): LedgerEntry {
  const known: SoundFact = stretch ?? {
    kind: 'sound',
    startMs: at,
    endMs: at,
    frames: 0,
    bytes: 0,
    resent: 0,
    unsure: 0,
  }
  return { at: Date.now(), relay, session, line, ...known, frames: known.frames + mayFollow, unsure: mayFollow }
}

function bytesOf(entry: LedgerEntry, content: LedgerContent | undefined): number {
  return canonicalJson(entry).length + (content === undefined ? 0 : contentBytes(content))
}

function contentBytes({ thumbnail, ...words }: LedgerContent): number {
  return canonicalJson(words).length + (thumbnail?.byteLength ?? 0)
}

/** Puts a hash of it into the entry that its content belongs to. */
export async function noteWith<Entry extends LedgerEntry & { readonly content: string }>(
  entry: Omit<Entry, 'content'>,
  content: LedgerContent,
): Promise<Note> {
  return { entry: { ...entry, content: await contentHash(content) } as Entry, content }
}
