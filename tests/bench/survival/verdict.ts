import { type Violation, type ViolationKind } from '../../support/history/violation.ts'

/** What became of the entries of a conversation, as a report counts it. */
export interface Verdict {
  /** Entries that were told and are not stored, or are stored and never came. */
  readonly lost: number
  readonly doubled: number
  /** Whatever else was broken, by kind. */
  readonly other: Readonly<Record<string, number>>
}

const LOST: ReadonlySet<ViolationKind> = new Set(['not stored', 'missing', 'typed turn lost', 'hole in the store'])
const DOUBLED: ReadonlySet<ViolationKind> = new Set(['doubled', 'typed turn doubled', 'utterance doubled'])

/** Counts violations, and says each to whoever watches. */
export function verdictOf(violations: readonly Violation[]): Verdict {
  const other: Record<string, number> = {}
  for (const { kind, sentence } of violations) {
    console.error(`${kind}: ${sentence}`)
    if (!LOST.has(kind) && !DOUBLED.has(kind)) other[kind] = (other[kind] ?? 0) + 1
  }
  const count = (kinds: ReadonlySet<ViolationKind>) => violations.filter(({ kind }) => kinds.has(kind)).length
  return { lost: count(LOST), doubled: count(DOUBLED), other }
}
