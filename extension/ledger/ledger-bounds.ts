import { type ChainedEntry } from './ledger-entry.ts'

export interface LedgerBounds {
  readonly bytes: number
  readonly ageMs: number
}

type Offered = Pick<ChainedEntry, 'seq' | 'hash'> & { readonly at: number }

/** After dropping for want of room, this part of the bound stays free: not every entry is to drop another one. */
const SLACK = 0.1

/**
 * Chooses the oldest entries that have to go.
 *
 * @param bytes of the whole ledger
 * @param now ms since 1970
 */
export function chooseDropped(bounds: LedgerBounds, bytes: number, now: number) {
  const aim = bytes > bounds.bytes ? bounds.bytes * (1 - SLACK) : bytes
  const choice = {
    /** The newest of those that go. */
    dropped: undefined as Offered | undefined,
    droppedBytes: 0,
    /** To be called with every entry, oldest first. @returns whether it goes; the first that stays ends it */
    offer(entry: Offered, itsBytes: number): boolean {
      const goes = entry.at < now - bounds.ageMs || bytes - choice.droppedBytes > aim
      if (!goes) return false
      choice.dropped = entry
      choice.droppedBytes += itsBytes
      return true
    },
  }
  return choice
}
