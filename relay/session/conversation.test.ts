import { describe, expect, it } from 'vitest'
import { createLogger } from '../logger.ts'
import { type Journal } from '../store/journal.ts'
import { StoreError } from '../store/key-value.ts'
import { MemoryJournal } from '../store/memory-journal.ts'
import { Conversation, type ConversationEnd, type ConversationParts } from './conversation.ts'

const ID = '6f0f4b1e-9f43-4b1e-8f43-0a0a0a0a0a0a'
const logger = createLogger('silent', { write: () => undefined })

async function newConversation(changes: Partial<ConversationParts> = {}) {
  const journal = new MemoryJournal()
  await journal.create({ id: ID, owner: 'anna', holder: 'here', leaseMs: 1000, state: null })
  const ends: ConversationEnd[] = []
  const conversation = new Conversation({
    id: ID,
    journal,
    fence: 1,
    entries: [],
    seq: 0,
    memory: 2,
    leaseMs: 1000,
    state: () => ({ at: 'now' }),
    onEnd: (why) => ends.push(why),
    retryDelaysMs: [0, 0],
    logger,
    ...changes,
  })
  return { conversation, journal, ends }
}

function say(conversation: Conversation, text: string) {
  return conversation.commit({ turn: 1, role: 'user', text })
}

/** A journal whose next appends fail, before or after they were done. */
function failing(journal: Journal, failures: ('before' | 'after')[]): Journal {
  return new Proxy(journal, {
    get: (target, name) => {
      if (name !== 'append') {
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      }
      const append: Journal['append'] = async (...args) => {
        const failure = failures.shift()
        if (failure === 'before') throw new StoreError('away')
        const result = await target.append(...args)
        if (failure === 'after') throw new StoreError('no answer')
        return result
      }
      return append
    },
  })
}

describe('a conversation', () => {
  it('numbers what was said, remembers the newest and leaves its state with it', async () => {
    const { conversation, journal } = await newConversation()
    expect(conversation.seq).toBe(0)
    for (const text of ['one', 'two', 'three']) await say(conversation, text)
    expect(conversation.seq).toBe(3)
    expect(conversation.recent.map(({ seq, text }) => [seq, text])).toEqual([
      [2, 'two'],
      [3, 'three'],
    ])
    expect(await journal.look(ID, 'anna')).toMatchObject({ seq: 3, state: { at: 'now' } })
  })

  it('goes on where another holder stopped', async () => {
    const { journal, conversation: first } = await newConversation()
    await say(first, 'one')
    const entries = await journal.latest(ID, 50)
    const fence = await journal.claim(ID, 1, 'there', 1000)
    const { conversation } = await newConversation({ journal, fence: fence!, entries, seq: 1 })
    expect(await say(conversation, 'two')).toMatchObject({ seq: 2, text: 'two' })
    expect(conversation.recent.map(({ text }) => text)).toEqual(['one', 'two'])
  })

  it.each([[['before', 'before'] as const], [['after', 'before'] as const], [['after', 'after'] as const]])(
    'stores an entry once, whenever the store fails (%j)',
    async (failures) => {
      const { journal } = await newConversation()
      const { conversation, ends } = await newConversation({ journal: failing(journal, [...failures]) })
      expect(await say(conversation, 'kept')).toMatchObject({ seq: 1 })
      expect(await say(conversation, 'more')).toMatchObject({ seq: 2 })
      expect((await journal.entriesAfter(ID, 0, 10)).map(({ text }) => text)).toEqual(['kept', 'more'])
      expect(ends).toEqual([])
    },
  )

  it('ends when the store does not come back, and says nothing was stored', async () => {
    const { journal } = await newConversation()
    const away = failing(journal, ['before', 'before', 'before'])
    const { conversation, ends } = await newConversation({ journal: away })
    expect(await say(conversation, 'lost')).toBeUndefined()
    expect(await say(conversation, 'and this')).toBeUndefined()
    expect(ends).toEqual(['not_stored'])
    expect(conversation.seq).toBe(0)
    expect(await journal.latest(ID, 10)).toEqual([])
  })

  it('is over when somebody else claimed it', async () => {
    const { conversation, journal, ends } = await newConversation()
    await journal.claim(ID, 1, 'there', 1000)
    expect(await say(conversation, 'late')).toBeUndefined()
    expect(await conversation.hold(null)).toBe(false)
    expect(ends).toEqual(['superseded'])
    expect(await journal.latest(ID, 10)).toEqual([])
  })

  it('is over when it was deleted', async () => {
    const { conversation, journal, ends } = await newConversation()
    await journal.delete(ID, 'anna')
    expect(await say(conversation, 'late')).toBeUndefined()
    expect(ends).toEqual(['deleted'])
  })

  it('takes a second writer with the same fence for a fault', async () => {
    const { conversation, journal } = await newConversation()
    await journal.append(ID, 1, { seq: 1, turn: 1, role: 'user', text: 'other', at: '2026-11-22T00:00:00.000Z' })
    await expect(say(conversation, 'mine')).rejects.toThrow('same number')
  })

  it('does not count as under way while it rests, and keeps its state', async () => {
    const { conversation, journal } = await newConversation()
    expect(await journal.countHeld('anna')).toBe(1)
    await conversation.rest()
    expect(await journal.countHeld('anna')).toBe(0)
    expect(await journal.look(ID, 'anna')).toMatchObject({ state: { at: 'now' } })
    expect(await say(conversation, 'still mine')).toMatchObject({ seq: 1 })
    expect(await conversation.hold({ at: 'then' })).toBe(true)
    expect(await journal.countHeld('anna')).toBe(1)
    expect(await journal.look(ID, 'anna')).toMatchObject({ state: { at: 'then' } })
  })

  it('stops asking the store when it is closed', async () => {
    const { journal } = await newConversation()
    const failures = Array.from({ length: 50 }, () => 'before' as const)
    const { conversation, ends } = await newConversation({
      journal: failing(journal, failures),
      retryDelaysMs: [60_000],
    })
    const commit = say(conversation, 'waiting')
    conversation.close()
    expect(await commit).toBeUndefined()
    expect(ends).toEqual([])
  })
})
