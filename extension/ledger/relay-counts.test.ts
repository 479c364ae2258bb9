import { describe, expect, it } from 'vitest'
import { type LedgerEntry, type LedgerFact, type SoundAhead } from './ledger-entry.ts'
import { compareCounts } from './relay-counts.ts'

const head = (line = 'l1') => ({ at: 1, relay: 'http://r', session: 's1', line })
const entry = (fact: LedgerFact, line?: string): LedgerEntry => ({ ...head(line), ...fact })
const opened = (line?: string) => entry({ kind: 'line', temporary: false }, line)
const sound = (firstSeq: number, frames: number, line?: string) =>
  entry(
    {
      kind: 'sound',
      startMs: 0,
      endMs: 0,
      frames,
      bytes: 0,
      firstSeq,
      lastSeq: (firstSeq + frames - 1) >>> 0,
      resent: 0,
      unsure: 0,
    },
    line,
  )
const picture = (imageSeq: number) =>
  entry({
    kind: 'picture',
    source: 'tab',
    bytes: 1,
    width: 1,
    height: 1,
    imageSeq,
    reason: 'first',
    picture: '',
    content: '',
  })
const count = (audioFrames: number, audioSeq: number, images = 0, imageSeq?: number, line?: string) =>
  entry(
    { kind: 'count', turn: 1, audioFrames, audioSeq, images, ...(imageSeq === undefined ? {} : { imageSeq }) },
    line,
  )
const ahead = (firstSeq: number, frames: number): SoundAhead => {
  const { at, relay, session, line, ...stretch } = sound(firstSeq, frames)
  return { at, relay, session, line, mayFollow: 32, ...(stretch.kind === 'sound' ? { stretch } : {}) }
}

describe('compareCounts', () => {
  it('finds the same, counted up to the frame the relay had', () => {
    const entries = [opened(), sound(1, 100), picture(1), count(120, 120, 1, 1), sound(101, 50), picture(2)]
    expect(compareCounts(entries, [])).toEqual({ name: 'same', ledger: { frames: 120, pictures: 1 } })
  })

  it('finds a frame or a picture that one side does not know', () => {
    expect(compareCounts([opened(), sound(1, 100), count(99, 100)], [])).toEqual({
      name: 'different',
      ledger: { frames: 100, pictures: 0 },
      relay: { frames: 99, pictures: 0 },
    })
    expect(compareCounts([opened(), sound(1, 10), sound(12, 10), count(21, 21)], [])).toMatchObject({
      name: 'different',
      ledger: { frames: 20 },
    })
    expect(compareCounts([opened(), picture(1), count(0, 0, 2, 2)], [])).toMatchObject({ name: 'different' })
  })

  it('adds up the sockets of a conversation, with what was sent again counted again', () => {
    const entries = [
      opened(),
      sound(1, 50),
      count(40, 40),
      opened('l2'),
      sound(41, 30, 'l2'),
      count(30, 70, 0, undefined, 'l2'),
    ]
    expect(compareCounts(entries, [])).toEqual({ name: 'same', ledger: { frames: 70, pictures: 0 } })
  })

  it('counts on when the numbers wrap', () => {
    const first = 2 ** 32 - 5
    expect(compareCounts([opened(), sound(first, 10), count(8, 2)], [])).toMatchObject({ name: 'same' })
  })

  it('waits with a count of what is still being written', () => {
    const entries = [opened(), sound(1, 10), count(10, 10), count(40, 40)]
    expect(compareCounts(entries, [ahead(11, 20)])).toEqual({ name: 'same', ledger: { frames: 10, pictures: 0 } })
    expect(compareCounts(entries, [ahead(11, 30)])).toEqual({ name: 'same', ledger: { frames: 40, pictures: 0 } })
    expect(compareCounts(entries, [])).toMatchObject({ name: 'different' })
  })

  it('says nothing where nothing can be compared', () => {
    expect(compareCounts([opened(), sound(1, 10)], [])).toEqual({ name: 'untold' })
    expect(compareCounts([sound(1, 10), count(20, 10)], [])).toEqual({ name: 'untold' })
  })
})
