import { describe, expect, it } from 'vitest'
import { type LedgerEntry, type LedgerFact } from '../../ledger/ledger-entry.ts'
import { type LedgerRow, sentDays } from './ledger-view.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const dayOf = (atMs: number) => String(Math.floor(atMs / DAY_MS))

function rows(...facts: readonly (LedgerFact & Partial<LedgerEntry>)[]): LedgerRow[] {
  return facts.map((fact, index) => ({
    seq: index + 1,
    previous: '',
    hash: '',
    entry: { at: index * 10, relay: 'http://r', session: 's1', line: 'l1', ...fact },
  }))
}

const line: LedgerFact = { kind: 'line', temporary: false }
const sound = (startMs: number, endMs: number): LedgerFact => ({
  kind: 'sound',
  startMs,
  endMs,
  frames: 1,
  bytes: 1,
  firstSeq: 1,
  lastSeq: 1,
  resent: 0,
  unsure: 0,
})
const text: LedgerFact = { kind: 'text', source: 'typed', characters: 5, content: 'hash' }

describe('sentDays', () => {
  it('joins stretches of sound that follow one another, and keeps them apart where something lies between', () => {
    const [day] = sentDays(rows(line, sound(0, 5000), sound(5000, 9000), text, sound(9000, 9500)), [], 'all', dayOf)
    const [conversation] = day!.conversations
    expect(conversation!.rows.map((row) => (row.kind === 'sound' ? row.ms : row.kind))).toEqual([500, 'text', 9000])
    expect(conversation).toMatchObject({ soundMs: 9500, texts: 1, pictures: 0, forgotten: false })
  })

  it('shows the newest day and conversation first, and only days on which something was sent', () => {
    const days = sentDays(
      rows(
        line,
        { ...text, session: 's1' },
        { ...text, at: DAY_MS, session: 's2' },
        { ...text, at: DAY_MS, session: 's3' },
        {
          kind: 'pruned',
          upTo: 1,
          hash: '',
          at: 3 * DAY_MS,
          session: '',
        },
      ),
      [],
      'all',
      dayOf,
    )
    expect(days.map(({ conversations }) => conversations.map(({ session }) => session))).toEqual([['s3', 's2'], ['s1']])
  })

  it('leaves out what is not asked for, and conversations that have nothing of it', () => {
    const all = rows(line, text, { ...sound(0, 1000), session: 's2' })
    const [day] = sentDays(all, [], 'sound', dayOf)
    expect(day!.conversations.map(({ session }) => session)).toEqual(['s2'])
    expect(sentDays(all, [], 'picture', dayOf)).toEqual([])
  })

  it('says of a conversation on every day that it was forgotten', () => {
    const days = sentDays(
      rows(line, text, { ...text, at: DAY_MS }, { kind: 'forgotten', at: 2 * DAY_MS }),
      [],
      'all',
      dayOf,
    )
    expect(days.map(({ conversations }) => conversations.map(({ forgotten }) => forgotten))).toEqual([[true], [true]])
  })
})
