import { type ChainedEntry, EMPTY_HEAD, type LedgerContent, type LedgerHead, type SoundAhead } from './ledger-entry.ts'
import { type LedgerChange, type LedgerStore } from './ledger-store.ts'

/** A ledger that lives as long as the program: for tests, which may also change what it holds. */
export class MemoryLedgerStore implements LedgerStore {
  readonly all = new Map<number, ChainedEntry>()
  readonly allContents = new Map<number, LedgerContent>()
  readonly #aheads = new Map<string, SoundAhead>()
  newest: LedgerHead = EMPTY_HEAD
  #last: Promise<unknown> = Promise.resolve()

  write(change: LedgerChange): Promise<void> {
    const { entries = [], contents = [], dropContents = [], dropBelow = 0, putAhead, dropAhead, head } = change
    for (const entry of entries) this.all.set(entry.seq, structuredClone(entry))
    for (const [seq, content] of contents) this.allContents.set(seq, structuredClone(content))
    const dropped = [...this.all.keys()].filter((seq) => seq < dropBelow)
    for (const seq of dropped) this.all.delete(seq)
    for (const seq of [...dropped, ...dropContents]) this.allContents.delete(seq)
    if (putAhead !== undefined) this.#aheads.set(putAhead.line, structuredClone(putAhead))
    if (dropAhead !== undefined) this.#aheads.delete(dropAhead)
    if (head !== undefined) this.newest = head
    return Promise.resolve()
  }

  head(): Promise<LedgerHead> {
    return Promise.resolve(this.newest)
  }

  entries(from: number, limit: number): Promise<readonly ChainedEntry[]> {
    return Promise.resolve(this.#sorted.filter(({ seq }) => seq >= from).slice(0, limit))
  }

  entriesBelow(below: number, limit: number): Promise<readonly ChainedEntry[]> {
    return Promise.resolve(this.#sorted.filter(({ seq }) => seq < below).slice(-limit))
  }

  contents(from: number, to: number): Promise<ReadonlyMap<number, LedgerContent>> {
    return Promise.resolve(new Map([...this.allContents].filter(([seq]) => seq >= from && seq <= to)))
  }

  aheads(): Promise<readonly SoundAhead[]> {
    return Promise.resolve([...this.#aheads.values()])
  }

  alone<Result>(act: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(act)
    this.#last = done.catch(() => undefined)
    return done
  }

  /** As a store finds them: by the place they lie in, whatever number they bear. */
  get #sorted(): readonly ChainedEntry[] {
    return [...this.all].sort(([a], [b]) => a - b).map(([, entry]) => entry)
  }
}
