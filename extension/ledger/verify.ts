import { contentHash, entryHash } from './chain.ts'
import { type ChainedEntry, FIRST_PREVIOUS, type LedgerContent } from './ledger-entry.ts'
import { type LedgerStore } from './ledger-store.ts'

/** Entries that are read at once. */
const PAGE = 500

export type Verdict =
  | {
      readonly ok: true
      readonly entries: number
      /** Hash of the newest entry: who notes it can tell later that nothing before it was touched. */
      readonly seal: string
      /** Entries whose contents the person had erased. */
      readonly forgotten: number
      /** Older entries that were dropped for age or room, which the ledger itself says. */
      readonly pruned: number
    }
  | { readonly ok: false; readonly fault: LedgerFault; readonly seq: number }

type LedgerFault =
  /** The entry is not what was written. */
  | 'entryChanged'
  /** One or more entries before this one are gone, and nothing says why. */
  | 'entriesMissing'
  /** The newest entries are gone. */
  | 'endMissing'
  /** Its words or thumbnail are not what was written. */
  | 'contentChanged'
  /** Its words or thumbnail are gone, and nobody asked to forget them. */
  | 'contentMissing'

/**
 * Reads the whole ledger and finds any entry that was changed, moved, added or taken out since it was written. It cannot
 * find a ledger that was written anew from a changed entry to its end: only a seal noted elsewhere can.
 */
export async function verifyLedger(store: LedgerStore): Promise<Verdict> {
  const walk = new Walk()
  for (let from = 0; ;) {
    const entries = await store.entries(from, PAGE)
    const last = entries.at(-1)
    if (last === undefined) break
    const contents = await store.contents(from, last.seq)
    for (const entry of entries) {
      const fault = await walk.step(entry, contents.get(entry.seq))
      if (fault !== undefined) return { ok: false, fault, seq: entry.seq }
    }
    from = last.seq + 1
  }
  return walk.end(await store.head())
}

/** What is known on the way from the oldest entry to the newest. */
class Walk {
  #entries = 0
  #previous: Pick<ChainedEntry, 'seq' | 'hash'> = { seq: 0, hash: FIRST_PREVIOUS }
  /** What stood before the oldest entry; a later one has to say that it was dropped. */
  #dropped: Pick<ChainedEntry, 'seq' | 'hash'> | undefined
  /** Sessions with erased contents, and the newest such entry: a later one has to say that they were forgotten. */
  readonly #erased = new Map<string, number>()
  #forgotten = 0
  #pruned = 0

  async step(link: ChainedEntry, content: LedgerContent | undefined): Promise<LedgerFault | undefined> {
    if ((await entryHash(link)) !== link.hash) return 'entryChanged'
    if (!this.#follows(link)) return 'entriesMissing'
    this.#entries++
    this.#previous = link
    this.#explain(link)
    return this.#content(link, content)
  }

  #follows({ seq, previous }: ChainedEntry): boolean {
    const isOldest = this.#entries === 0 && seq > 1
    if (isOldest) this.#dropped = { seq: seq - 1, hash: previous }
    return isOldest || (seq === this.#previous.seq + 1 && previous === this.#previous.hash)
  }

  /** Entries that say why something is gone. */
  #explain({ entry }: ChainedEntry): void {
    if (entry.kind === 'forgotten') this.#erased.delete(entry.session)
    if (entry.kind !== 'pruned' || entry.upTo !== this.#dropped?.seq || entry.hash !== this.#dropped.hash) return
    this.#pruned = entry.upTo
    this.#dropped = undefined
  }

  async #content({ seq, entry }: ChainedEntry, content: LedgerContent | undefined): Promise<LedgerFault | undefined> {
    if (!('content' in entry)) return undefined
    if (content !== undefined) return (await contentHash(content)) === entry.content ? undefined : 'contentChanged'
    this.#forgotten++
    this.#erased.set(entry.session, seq)
    return undefined
  }

  end(head: Pick<ChainedEntry, 'seq' | 'hash'>): Verdict {
    const { seq, hash } = this.#previous
    if (head.seq !== seq || head.hash !== hash) return { ok: false, fault: 'endMissing', seq: head.seq }
    if (this.#dropped !== undefined) return { ok: false, fault: 'entriesMissing', seq: this.#dropped.seq + 1 }
    for (const erased of this.#erased.values()) return { ok: false, fault: 'contentMissing', seq: erased }
    return { ok: true, entries: this.#entries, seal: hash, forgotten: this.#forgotten, pruned: this.#pruned }
  }
}
