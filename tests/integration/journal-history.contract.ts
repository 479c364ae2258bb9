import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Journal } from '../../relay/store/journal.ts'
import { untilTrue } from '../support/eventually.ts'
import { type OpenStores } from '../support/open-stores.ts'

const LEASE_MS = 60_000
const NOON = Date.UTC(2020, 0, 1, 12)

/** A conversation whose words were said one minute apart, the last of them at `lastAt`. */
async function talk(journal: Journal, owner: string, texts: readonly string[], lastAt: number): Promise<string> {
  const id = randomUUID()
  await journal.create({ id, owner, holder: 'here', leaseMs: LEASE_MS, state: 'state' })
  for (const [index, text] of texts.entries()) {
    const at = new Date(lastAt - (texts.length - 1 - index) * 60_000).toISOString()
    await journal.append(id, 1, { seq: index + 1, turn: 1, role: 'user', text, at })
  }
  return id
}

/** What relay/store/journal.ts promises of lists, searches, clean-up, single use and sums. */
export function journalHistoryContract(stores: OpenStores): void {
  const here = stores.here.journal
  const there = stores.there.journal

  const found = async (owner: string, query: string) =>
    (await there.list(owner, { query, limit: 100 })).map(({ id }) => id)

  describe('a list', () => {
    it('has the newest activity first, what it is called, and when it was', async () => {
      const owner = randomUUID()
      const old = await talk(here, owner, ['An old one.', 'Yes.'], NOON)
      const recent = await talk(here, owner, [`  A ${'very '.repeat(60)}long\n\nbeginning.`, 'Yes.', 'No.'], NOON + 1)
      await talk(here, owner, [], NOON)
      await talk(here, randomUUID(), ['Of another.'], NOON)
      const list = await there.list(owner, { limit: 10 })
      expect(list.map(({ id, seq }) => [id, seq])).toEqual([
        [recent, 3],
        [old, 2],
      ])
      expect(list[1]).toMatchObject({ title: 'An old one.', lastActiveAt: new Date(NOON).toISOString() })
      expect(list[0]?.title).toMatch(/^A very very .*ve…$/)
      expect(list[0]?.title.length).toBeLessThanOrEqual(120)
      expect(new Date(list[0]?.startedAt ?? '').getTime()).toBeCloseTo(Date.now(), -5)
    })

    it('moves up what somebody talks in again', async () => {
      const owner = randomUUID()
      const first = await talk(here, owner, ['First.'], NOON)
      const second = await talk(here, owner, ['Second.'], NOON + 1000)
      const at = new Date(NOON + 2000).toISOString()
      await here.append(first, 1, { seq: 2, turn: 2, role: 'user', text: 'Again.', at })
      expect((await there.list(owner, { limit: 10 })).map(({ id }) => id)).toEqual([first, second])
    })

    it('goes on below where it ended', async () => {
      const owner = randomUUID()
      const ids: string[] = []
      for (let index = 0; index < 7; index++) ids.unshift(await talk(here, owner, ['Hello.'], NOON + index))
      const seen: string[] = []
      let before: string | undefined
      do {
        const page = await there.list(owner, { limit: 3, ...(before === undefined ? {} : { before }) })
        seen.push(...page.map(({ id }) => id))
        before = page.at(-1)?.lastActiveAt
      } while (before !== undefined)
      expect(seen).toEqual(ids)
    })
  })

  describe('a search', () => {
    it('finds conversations that hold all words, in any entry, whatever their case', async () => {
      const owner = randomUUID()
      const bees = await talk(here, owner, ['What do BEES do in winter?', 'They stay warm.'], NOON)
      const road = await talk(here, owner, ['Die Straße nach ÜBERLINGEN', 'ОТЛИЧНО, Σίσυφος!'], NOON + 1)
      expect(await found(owner, 'bees')).toEqual([bees])
      expect(await found(owner, '  WARM  Winter ')).toEqual([bees])
      expect(await found(owner, 'warm überlingen')).toEqual([])
      expect(await found(owner, 'überlingen STRASSE')).toEqual([road])
      expect(await found(owner, 'U\u0308berlingen')).toEqual([road])
      expect(await found(owner, 'отлично')).toEqual([road])
      expect(await found(owner, 'ΣΊΣΥΦΟΣ')).toEqual([road])
      expect(await found(owner, '')).toEqual([road, bees])
      expect(await found(owner, '   ')).toEqual([road, bees])
    })

    it('takes every character as it is typed', async () => {
      const owner = randomUUID()
      const plain = await talk(here, owner, ['nothing special here'], NOON)
      const signs = await talk(here, owner, [`100% of snake_case isn't "quoted" \\ *. [a-z] (x|y) ^$ .+?`], NOON + 1)
      for (const query of ['%', '_', '100%', "isn't", '"quoted"', '\\', '*', '[a-z]', '(x|y)', '^$', '.+?']) {
        expect(await found(owner, query), query).toEqual([signs])
      }
      expect(await found(owner, 'n%g')).toEqual([])
      expect(await found(owner, 'special')).toEqual([plain])
      expect(await found(owner, 'OR 1=1')).toEqual([])
    })

    it("never finds another owner's", async () => {
      const word = randomUUID()
      await talk(here, randomUUID(), [`The secret is ${word}.`], NOON)
      expect(await found(randomUUID(), word)).toEqual([])
    })

    it('finds words far down in a long conversation, and is paged like a list', async () => {
      const owner = randomUUID()
      const long = await talk(here, owner, [...Array.from({ length: 450 }, (_, n) => `line ${n}`), 'needle'], NOON + 9)
      for (let index = 0; index < 25; index++) await talk(here, owner, [`hay ${index}`], NOON + 10 + index)
      const old = await talk(here, owner, ['another Needle'], NOON)
      expect(await found(owner, 'needle')).toEqual([long, old])
      const first = await there.list(owner, { query: 'needle', limit: 1 })
      expect(first.map(({ id }) => id)).toEqual([long])
      const rest = await there.list(owner, { query: 'needle', limit: 1, before: first[0]!.lastActiveAt })
      expect(rest.map(({ id }) => id)).toEqual([old])
    })
  })

  describe('counting', () => {
    it("counts the owner's conversations that somebody living holds", async () => {
      const owner = randomUUID()
      const [first, second, third] = [
        await talk(here, owner, ['one'], NOON),
        await talk(here, owner, [], NOON),
        await talk(here, owner, ['three'], NOON),
      ]
      await talk(here, randomUUID(), ['other'], NOON)
      expect(await there.countHeld(owner)).toBe(3)
      expect(await there.countHeld(owner, first)).toBe(2)
      expect(await there.countHeld(owner, randomUUID())).toBe(3)
      await here.release(second, 1)
      expect(await there.countHeld(owner)).toBe(2)
      await here.renew(third, 1, 1)
      await untilTrue(async () => (await there.countHeld(owner)) === 1)
      await there.claim(second, 1, 'there', LEASE_MS)
      expect(await here.countHeld(owner)).toBe(2)
    })
  })

  describe('clean-up', () => {
    it('takes the state of the silent, deletes the old and the wordless, and lets the held be', async () => {
      const owner = randomUUID()
      const [fresh, idle, old] = [
        await talk(here, owner, ['fresh'], NOON),
        await talk(here, owner, ['idle'], NOON - 10_000),
        await talk(here, owner, ['old'], NOON - 20_000),
      ]
      const wordless = await talk(here, owner, [], NOON)
      const [heldOld, heldWordless] = [
        await talk(here, owner, ['held'], NOON - 20_000),
        await talk(here, owner, [], NOON),
      ]
      for (const id of [fresh, idle, old, wordless]) await here.release(id, 1)
      await there.sweep(NOON - 5_000, NOON - 15_000)
      expect(await here.look(fresh, owner)).toMatchObject({ state: 'state', seq: 1 })
      expect(await here.look(idle, owner)).toMatchObject({ state: null, seq: 1, fence: 1 })
      expect(await here.look(old, owner)).toBeUndefined()
      expect(await here.latest(old, 1)).toEqual([])
      expect(await here.look(heldOld, owner)).toMatchObject({ state: 'state', seq: 1 })
      // One without a word is as old as its beginning, which is now.
      expect(await here.look(wordless, owner)).toBeDefined()
      await there.sweep(Date.now() + 60_000, NOON - 15_000)
      expect(await here.look(wordless, owner)).toBeUndefined()
      expect(await here.look(heldWordless, owner)).toMatchObject({ state: 'state' })
      expect((await here.list(owner, { limit: 10 })).map(({ id }) => id)).toEqual([fresh, idle, heldOld])
      // What was held is cleaned once it is not.
      await here.release(heldOld, 1)
      await there.sweep(NOON - 5_000, NOON - 15_000)
      expect(await here.look(heldOld, owner)).toBeUndefined()
    })
  })

  describe('what is taken once', () => {
    it('is taken by exactly one of a thousand', async () => {
      const key = randomUUID()
      const tries = Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? here : there).takeOnce(key, LEASE_MS))
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1)
      expect(await here.takeOnce(key, LEASE_MS)).toBe(false)
      expect(await here.takeOnce(randomUUID(), LEASE_MS)).toBe(true)
    })

    it('may be taken again after its time', async () => {
      const key = randomUUID()
      expect(await here.takeOnce(key, 20)).toBe(true)
      await untilTrue(() => there.takeOnce(key, LEASE_MS))
      expect(await here.takeOnce(key, LEASE_MS)).toBe(false)
    })
  })

  describe('sums', () => {
    it('add up whoever adds, all amounts in one step', async () => {
      const owner = randomUUID()
      expect(await here.addUp(owner, '2026-11-22', {}, LEASE_MS)).toEqual({})
      await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          (index % 2 === 0 ? here : there).addUp(owner, '2026-11-22', { frames: 1, spend: 0.25 }, LEASE_MS),
        ),
      )
      expect(await there.addUp(owner, '2026-11-22', {}, LEASE_MS)).toEqual({ frames: 200, spend: 50 })
      expect(await here.addUp(owner, '2026-11-22', { tokens: 7 }, LEASE_MS)).toEqual({
        frames: 200,
        spend: 50,
        tokens: 7,
      })
    })

    it('are of one owner and one period', async () => {
      const owner = randomUUID()
      await here.addUp(owner, '2026-11-22', { frames: 1 }, LEASE_MS)
      expect(await here.addUp(owner, '2026-11-23', {}, LEASE_MS)).toEqual({})
      expect(await here.addUp(`${owner}\n2026-11-22`, '', {}, LEASE_MS)).toEqual({})
      expect(await here.addUp(randomUUID(), '2026-11-22', {}, LEASE_MS)).toEqual({})
    })

    it('end with their time', async () => {
      const owner = randomUUID()
      await here.addUp(owner, '2026-11-22', { frames: 1 }, 20)
      await untilTrue(async () => Object.keys(await there.addUp(owner, '2026-11-22', {}, 20)).length === 0)
      expect(await here.addUp(owner, '2026-11-22', { frames: 1 }, LEASE_MS)).toEqual({ frames: 1 })
    })
  })
}
