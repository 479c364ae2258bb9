import { type ChainedEntry, type LedgerContent, type LedgerHead, type SoundAhead } from './ledger-entry.ts'

/** What is written in one step: all of it or nothing. */
export interface LedgerChange {
  readonly entries?: readonly ChainedEntry[]
  /** The chain's new end; with `entries` and with what is dropped. */
  readonly head?: LedgerHead
  readonly contents?: ReadonlyMap<number, LedgerContent>
  readonly putAhead?: SoundAhead
  /** The line whose sound is all written. */
  readonly dropAhead?: string
  /** Entries below this number go, with their contents. */
  readonly dropBelow?: number
  /** Entries whose contents are erased. */
  readonly dropContents?: readonly number[]
}

/** Where the ledger is kept. Every method rejects when the store did not confirm. */
export interface LedgerStore {
  write(change: LedgerChange): Promise<void>
  head(): Promise<LedgerHead>
  /** Oldest first, from number `from` on. */
  entries(from: number, limit: number): Promise<readonly ChainedEntry[]>
  /** The newest below number `below`, oldest of them first. */
  entriesBelow(below: number, limit: number): Promise<readonly ChainedEntry[]>
  /** Contents of entries number `from` to `to` that were not erased. */
  contents(from: number, to: number): Promise<ReadonlyMap<number, LedgerContent>>
  aheads(): Promise<readonly SoundAhead[]>
  /** Whichever page of the extension asks: one at a time. Else two entries would follow the same one. */
  alone<Result>(act: () => Promise<Result>): Promise<Result>
}
