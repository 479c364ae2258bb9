import {
  type ChainedEntry,
  type LedgerContent,
  type LedgerEntryOf,
  type SoundAhead,
} from '../../ledger/ledger-entry.ts'
import { compareCounts, type Comparison } from '../../ledger/relay-counts.ts'

/** An entry with its content, or without it when that was erased. */
export interface LedgerRow extends ChainedEntry {
  readonly content?: LedgerContent
}

type SentKind = 'sound' | 'picture' | 'text'
export type LedgerFilter = 'all' | SentKind

/** One line of the list; stretches of sound that follow one another are one. */
export type SentRow =
  | {
      readonly kind: 'sound'
      readonly key: number
      readonly startMs: number
      readonly ms: number
      readonly unsure: boolean
    }
  | PlacedEntry<'picture'>
  | PlacedEntry<'text'>

interface PlacedEntry<Kind extends SentKind> {
  readonly kind: Kind
  readonly key: number
  readonly entry: LedgerEntryOf<Kind>
  /** Absent: erased. */
  readonly content?: LedgerContent
}

/** What was sent in one conversation on one day. */
export interface SentConversation {
  readonly key: string
  readonly relay: string
  readonly session: string
  readonly startMs: number
  readonly endMs: number
  readonly temporary: boolean
  readonly soundMs: number
  readonly pictures: number
  readonly texts: number
  /** Its words and pictures were erased. */
  readonly forgotten: boolean
  readonly comparison: Comparison
  /** Newest first. */
  readonly rows: readonly SentRow[]
}

export interface SentDay {
  /** Any moment of the day, ms since 1970. */
  readonly atMs: number
  readonly conversations: readonly SentConversation[]
}

/** Pauses shorter than this are not worth a line of their own, ms. */
const JOINED_PAUSE_MS = 2000

/**
 * The ledger as people read it: newest day first, newest conversation first.
 *
 * @param rows oldest first
 * @param dayOf names the day of a time, as the person's calendar has it
 */
export function sentDays(
  rows: readonly LedgerRow[],
  aheads: readonly SoundAhead[],
  filter: LedgerFilter,
  dayOf: (atMs: number) => string,
): readonly SentDay[] {
  const days = Map.groupBy(rows, ({ entry }) => dayOf(entry.at))
  return [...days.values()]
    .map((ofDay) => ({ atMs: ofDay[0]?.entry.at ?? 0, conversations: conversationsOf(ofDay, rows, aheads, filter) }))
    .filter(({ conversations }) => conversations.length > 0)
    .reverse()
}

function conversationsOf(
  ofDay: readonly LedgerRow[],
  all: readonly LedgerRow[],
  aheads: readonly SoundAhead[],
  filter: LedgerFilter,
): readonly SentConversation[] {
  const sessions = Map.groupBy(ofDay, ({ entry }) => entry.session)
  return [...sessions]
    .filter(([session]) => session !== '')
    .map(([session, its]) => conversationOf(session, its, all, aheads, filter))
    .filter((conversation) => conversation !== undefined)
    .reverse()
}

function conversationOf(
  session: string,
  its: readonly LedgerRow[],
  all: readonly LedgerRow[],
  aheads: readonly SoundAhead[],
  filter: LedgerFilter,
): SentConversation | undefined {
  const [first] = its
  const rows = sentRows(its).filter(({ kind }) => filter === 'all' || filter === kind)
  if (first === undefined || rows.length === 0) return undefined
  const whole = all.map(({ entry }) => entry).filter((entry) => entry.session === session)
  const sounds = its.map(({ entry }) => entry).filter((entry) => entry.kind === 'sound')
  return {
    key: `${session}:${first.seq}`,
    relay: first.entry.relay,
    session,
    startMs: first.entry.at,
    endMs: its.findLast(({ entry }) => entry.kind !== 'forgotten')?.entry.at ?? first.entry.at,
    temporary: whole.some((entry) => entry.kind === 'line' && entry.temporary),
    soundMs: sounds.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0),
    pictures: its.filter(({ entry }) => entry.kind === 'picture').length,
    texts: its.filter(({ entry }) => entry.kind === 'text').length,
    forgotten: whole.some((entry) => entry.kind === 'forgotten'),
    comparison: compareCounts(whole, aheads),
    rows: rows.toSorted((a, b) => timeOf(b) - timeOf(a)),
  }
}

/** When it was said or shown, ms since 1970: sound is written down at its end. */
export function timeOf(row: SentRow): number {
  return row.kind === 'sound' ? row.startMs : row.entry.at
}

function sentRows(rows: readonly LedgerRow[]): SentRow[] {
  const sent: SentRow[] = []
  for (const { seq: key, entry, content } of rows) {
    const ofContent = content === undefined ? {} : { content }
    if (entry.kind === 'picture') sent.push({ kind: 'picture', key, entry, ...ofContent })
    else if (entry.kind === 'text') sent.push({ kind: 'text', key, entry, ...ofContent })
    else if (entry.kind === 'sound') addSound(sent, key, entry)
  }
  return sent
}

function addSound(sent: SentRow[], key: number, { startMs, endMs, unsure }: LedgerEntryOf<'sound'>): void {
  const last = sent.at(-1)
  const ms = endMs - startMs
  const joins = last?.kind === 'sound' && startMs - (last.startMs + last.ms) < JOINED_PAUSE_MS
  if (!joins) sent.push({ kind: 'sound', key, startMs, ms, unsure: unsure > 0 })
  else sent[sent.length - 1] = { ...last, ms: last.ms + ms, unsure: last.unsure || unsure > 0 }
}
