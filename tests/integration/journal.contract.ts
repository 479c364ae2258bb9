import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Journal, type JournalEntry } from '../../relay/store/journal.ts'
import { StoreError } from '../../relay/store/key-value.ts'
import { untilTrue } from '../support/eventually.ts'
import { type OpenStores } from '../support/open-stores.ts'

const LEASE_MS = 60_000

function entry(seq: number, text: string, more: Partial<JournalEntry> = {}): JournalEntry {
  const at = new Date(Date.UTC(2026, 10, 22) + seq * 1000).toISOString()
  return { seq, turn: seq, role: seq % 2 === 1 ? 'user' : 'assistant', text, at, ...more }
}

async function conversation(journal: Journal, texts: readonly string[] = [], owner: string = randomUUID()) {
  const id = randomUUID()
  await journal.create({ id, owner, holder: 'here', leaseMs: LEASE_MS, state: null })
  for (const [index, text] of texts.entries()) {
    expect(await journal.append(id, 1, entry(index + 1, text))).toBe('appended')
  }
  return { id, owner }
}

/** What relay/store/journal.ts promises of conversations and those who hold them. */
export function journalContract(stores: OpenStores): void {
  const here = stores.here.journal
  const there = stores.there.journal

  describe('a claim', () => {
    it('is fence 1 for whoever makes the conversation', async () => {
      const { id, owner } = await conversation(here)
      const standing = await there.look(id, owner)
      expect(standing).toEqual({
        fence: 1,
        seq: 0,
        state: null,
        holder: 'here',
        lastActiveAt: expect.closeTo(Date.now(), -5) as number,
      })
    })

    it('may be made again by its maker, who cannot know after a time-out; by nobody else', async () => {
      const { id, owner } = await conversation(here, ['Hello.'])
      const again = { id, owner, holder: 'here', leaseMs: LEASE_MS, state: 'other' }
      await here.create(again)
      expect(await here.look(id, owner)).toMatchObject({ fence: 1, seq: 1, state: null })
      await expect(there.create({ ...again, holder: 'there' })).rejects.toThrow(StoreError)
      await expect(there.create({ ...again, owner: 'other' })).rejects.toThrow(StoreError)
      await here.claim(id, 1, 'here', LEASE_MS)
      await expect(here.create(again)).rejects.toThrow(StoreError)
    })

    it('looks the same for what is not there and what is not yours', async () => {
      const { id } = await conversation(here)
      expect(await here.look(id, 'other')).toBeUndefined()
      expect(await here.look(randomUUID(), 'other')).toBeUndefined()
    })

    it('takes over from whoever holds it, with the next fence', async () => {
      const { id, owner } = await conversation(here)
      expect(await there.claim(id, 1, 'there', LEASE_MS)).toBe(2)
      expect(await here.look(id, owner)).toMatchObject({ fence: 2, holder: 'there' })
      expect(await here.claim(id, 1, 'here', LEASE_MS)).toBeUndefined()
      expect(await here.claim(id, 3, 'here', LEASE_MS)).toBeUndefined()
      expect(await here.claim(randomUUID(), 1, 'here', LEASE_MS)).toBeUndefined()
      expect(await here.look(id, owner)).toMatchObject({ fence: 2, holder: 'there' })
    })

    it('goes to exactly one of many who try at once, again and again', async () => {
      const { id, owner } = await conversation(here)
      for (let fence = 1; fence <= 20; fence++) {
        const claims = Array.from({ length: 20 }, (_, index) =>
          (index % 2 === 0 ? here : there).claim(id, fence, `holder ${index}`, LEASE_MS),
        )
        const won = (await Promise.all(claims)).flatMap((next, index) => (next === undefined ? [] : [{ next, index }]))
        expect(won).toHaveLength(1)
        expect(won[0]?.next).toBe(fence + 1)
        expect(await there.look(id, owner)).toMatchObject({ fence: fence + 1, holder: `holder ${won[0]?.index}` })
      }
    })

    it('is alive while it is renewed, until it is released or its time is over; the fence stays', async () => {
      const { id, owner } = await conversation(here)
      await here.release(id, 1)
      expect(await there.look(id, owner)).not.toHaveProperty('holder')
      expect(await there.look(id, owner)).toMatchObject({ fence: 1 })
      expect(await here.renew(id, 1, LEASE_MS)).toBe(true)
      expect(await there.look(id, owner)).toMatchObject({ holder: 'here' })
      expect(await here.renew(id, 1, 1)).toBe(true)
      await untilTrue(async () => (await there.look(id, owner))?.holder === undefined)
      expect(await here.append(id, 1, entry(1, 'Still mine.'))).toBe('appended')
    })

    it('is neither renewed nor released with an old fence, nor where there is none', async () => {
      const { id, owner } = await conversation(here)
      await there.claim(id, 1, 'there', LEASE_MS)
      expect(await here.renew(id, 1, LEASE_MS)).toBe(false)
      await here.release(id, 1)
      expect(await here.look(id, owner)).toMatchObject({ fence: 2, holder: 'there' })
      expect(await here.renew(randomUUID(), 1, LEASE_MS)).toBe(false)
      await here.release(randomUUID(), 1)
    })
  })

  describe('an entry', () => {
    it('is kept as it was said', async () => {
      const { id } = await conversation(here)
      const entries = [
        entry(1, 'größer 🙂 "quoted" \\ \n line\u0000 \ud800 end', { id: 'typed-1' }),
        entry(2, 'heard', { interrupted: true }),
        entry(3, ''),
        entry(4, 'long '.repeat(20_000)),
      ]
      for (const each of entries) expect(await here.append(id, 1, each)).toBe('appended')
      expect(await there.entriesAfter(id, 0, 10)).toEqual(entries)
    })

    it('comes with the state in the same step, and leaves it when none is given', async () => {
      const { id, owner } = await conversation(here)
      await here.append(id, 1, entry(1, 'one'), { handle: 'größer' })
      expect(await there.look(id, owner)).toMatchObject({ seq: 1, state: { handle: 'größer' } })
      await here.append(id, 1, entry(2, 'two'))
      expect(await there.look(id, owner)).toMatchObject({ seq: 2, state: { handle: 'größer' } })
      await here.append(id, 1, entry(3, 'three'), null)
      expect(await there.look(id, owner)).toMatchObject({ seq: 3, state: null })
    })

    it('may be asked for again, and is there once', async () => {
      const { id, owner } = await conversation(here)
      expect(await here.append(id, 1, entry(1, 'one', { id: 'a' }), 'first')).toBe('appended')
      expect(await here.append(id, 1, entry(1, 'one', { id: 'a' }), 'first')).toBe('appended')
      expect(await here.append(id, 1, entry(2, 'two'), 'second')).toBe('appended')
      // One that was long on its way takes nothing back.
      expect(await there.append(id, 1, entry(1, 'one', { id: 'a' }), 'first')).toBe('appended')
      expect(await there.look(id, owner)).toMatchObject({ seq: 2, state: 'second' })
      expect(await there.entriesAfter(id, 0, 10)).toHaveLength(2)
    })

    it('conflicts with another at its place, and with a gap', async () => {
      const { id, owner } = await conversation(here, ['one'])
      expect(await here.append(id, 1, entry(1, 'other'), 'state')).toBe('conflict')
      expect(await here.append(id, 1, { ...entry(1, 'one'), id: 'a' }, 'state')).toBe('conflict')
      expect(await here.append(id, 1, entry(3, 'three'), 'state')).toBe('conflict')
      expect(await here.append(id, 1, entry(0, 'zero'), 'state')).toBe('conflict')
      expect(await there.look(id, owner)).toMatchObject({ seq: 1, state: null })
      expect(await there.entriesAfter(id, 0, 10)).toEqual([entry(1, 'one')])
    })

    it('is refused to an older holder, however late, and so is its state', async () => {
      const { id, owner } = await conversation(here, ['one'])
      await there.claim(id, 1, 'there', LEASE_MS)
      expect(await here.append(id, 1, entry(2, 'late'), 'late')).toBe('fenced')
      expect(await here.append(id, 1, entry(1, 'one'))).toBe('fenced')
      expect(await here.saveState(id, 1, 'late')).toBe('fenced')
      expect(await here.append(id, 3, entry(2, 'early'))).toBe('fenced')
      expect(await there.append(id, 2, entry(2, 'two'))).toBe('appended')
      expect(await there.look(id, owner)).toMatchObject({ seq: 2, state: null })
    })

    it('stands once at its place whoever writes at the same time', async () => {
      const { id } = await conversation(here)
      for (let seq = 1; seq <= 20; seq++) {
        const results = await Promise.all(
          Array.from({ length: 10 }, (_, index) =>
            (index % 2 === 0 ? here : there).append(id, 1, entry(seq, `writer ${index}`)),
          ),
        )
        expect(results.filter((result) => result === 'appended')).toHaveLength(1)
        expect(results.filter((result) => result === 'conflict')).toHaveLength(9)
        expect((await there.latest(id, 1))[0]?.text).toBe(`writer ${results.indexOf('appended')}`)
      }
    })

    it('is never written by two holders while claims and writes race', async () => {
      const { id, owner } = await conversation(here)
      const write = async (journal: Journal, name: string) => {
        const written: string[] = []
        for (let round = 0; round < 25; round++) {
          const standing = await journal.look(id, owner)
          const fence = await journal.claim(id, standing!.fence, name, LEASE_MS)
          if (fence === undefined) continue
          const { seq } = (await journal.look(id, owner))!
          const text = `${name} ${round}`
          if ((await journal.append(id, fence, entry(seq + 1, text))) === 'appended') written.push(text)
        }
        return written
      }
      const written = await Promise.all([write(here, 'here'), write(there, 'there'), write(here, 'third')])
      const kept = (await here.entriesAfter(id, 0, 1000)).map(({ text }) => text)
      expect(kept.toSorted()).toEqual(written.flat().toSorted())
      expect(kept.length).toBeGreaterThan(0)
    })

    it('is read from where one stopped, and from the end', async () => {
      const texts = Array.from({ length: 30 }, (_, index) => `entry ${index + 1}`)
      const { id } = await conversation(here, texts)
      const seqs = (entries: readonly JournalEntry[]) => entries.map(({ seq }) => seq)
      expect(seqs(await there.entriesAfter(id, 0, 3))).toEqual([1, 2, 3])
      expect(seqs(await there.entriesAfter(id, 27, 10))).toEqual([28, 29, 30])
      expect(seqs(await there.entriesAfter(id, 30, 10))).toEqual([])
      expect(seqs(await there.entriesAfter(id, 0, 0))).toEqual([])
      expect(seqs(await there.latest(id, 3))).toEqual([28, 29, 30])
      expect(seqs(await there.latest(id, 100))).toHaveLength(30)
      expect(seqs(await there.latest(id, 0))).toEqual([])
      expect(await there.latest(randomUUID(), 5)).toEqual([])
      expect(await there.entriesAfter(randomUUID(), 0, 5)).toEqual([])
    })
  })

  describe('the state', () => {
    it('is replaced by its holder, and is no activity', async () => {
      const { id, owner } = await conversation(here, ['one'])
      const before = await here.look(id, owner)
      expect(await here.saveState(id, 1, { turn: 7, list: [1, null] })).toBe('appended')
      expect(await there.look(id, owner)).toEqual({ ...before, state: { turn: 7, list: [1, null] } })
      expect(await here.saveState(randomUUID(), 1, null)).toBe('gone')
    })

    it('has a largest size, and what is too large changes nothing', async () => {
      const { id, owner } = await conversation(here, ['one'])
      const most = 'x'.repeat(16 * 1024 - 2)
      expect(await here.saveState(id, 1, most)).toBe('appended')
      await expect(here.saveState(id, 1, `${most}x`)).rejects.toThrow(StoreError)
      await expect(here.append(id, 1, entry(2, 'two'), `${most}x`)).rejects.toThrow(StoreError)
      expect(await there.look(id, owner)).toMatchObject({ seq: 1, state: most })
    })
  })

  describe('deleting', () => {
    it('is for the owner alone, and refuses the holder from then on', async () => {
      const { id, owner } = await conversation(here, ['one'])
      expect(await there.delete(id, 'other')).toBe(false)
      expect(await here.append(id, 1, entry(2, 'two'))).toBe('appended')
      expect(await there.delete(id, owner)).toBe(true)
      expect(await there.delete(id, owner)).toBe(false)
      expect(await here.look(id, owner)).toBeUndefined()
      expect(await here.append(id, 1, entry(3, 'three'))).toBe('gone')
      expect(await here.saveState(id, 1, null)).toBe('gone')
      expect(await here.renew(id, 1, LEASE_MS)).toBe(false)
      expect(await here.claim(id, 1, 'here', LEASE_MS)).toBeUndefined()
      expect(await here.latest(id, 5)).toEqual([])
      expect(await here.list(owner, { limit: 5 })).toEqual([])
      expect(await here.countHeld(owner)).toBe(0)
    })

    it('takes everything of one owner and nothing of another', async () => {
      const owner = randomUUID()
      const mine = [await conversation(here, ['one'], owner), await conversation(here, [], owner)]
      const other = await conversation(here, ['other'])
      await here.addUp(owner, '2026-11-22', { minutes: 1 }, LEASE_MS)
      await here.addUp(owner, '2026-11-21', { minutes: 2 }, LEASE_MS)
      await here.addUp(other.owner, '2026-11-22', { minutes: 3 }, LEASE_MS)
      const deleted = await there.deleteAll(owner)
      expect(deleted.toSorted()).toEqual(mine.map(({ id }) => id).toSorted())
      expect(await here.list(owner, { limit: 5 })).toEqual([])
      expect(await here.countHeld(owner)).toBe(0)
      expect(await here.append(mine[0]!.id, 1, entry(2, 'two'))).toBe('gone')
      expect(await here.addUp(owner, '2026-11-22', {}, LEASE_MS)).toEqual({})
      expect(await here.addUp(owner, '2026-11-21', {}, LEASE_MS)).toEqual({})
      expect(await here.latest(other.id, 5)).toHaveLength(1)
      expect(await here.addUp(other.owner, '2026-11-22', {}, LEASE_MS)).toEqual({ minutes: 3 })
      expect(await there.deleteAll(owner)).toEqual([])
    })
  })
}
