import { describe, expect, it } from 'vitest'
import { Conversation, createMemoryJournal, type Journal, type JournalEntry } from './conversation.ts'

describe('a conversation', () => {
  it('numbers what was said and remembers the newest', async () => {
    const conversation = new Conversation(() => createMemoryJournal(10), 2)
    expect(conversation.seq).toBe(0)
    for (const text of ['one', 'two', 'three']) await conversation.commit({ turn: 1, role: 'user', text })
    expect(conversation.seq).toBe(3)
    expect((await conversation.recent()).map(({ seq, text }) => [seq, text])).toEqual([
      [2, 'two'],
      [3, 'three'],
    ])
  })

  it('gives no number to what could not be kept', async () => {
    const kept: JournalEntry[] = []
    let full = true
    const journal: Journal = {
      append: (entry) => {
        if (full) return Promise.reject(new Error('disk full'))
        kept.push(entry)
        return Promise.resolve()
      },
      latest: () => Promise.resolve(kept),
    }
    const conversation = new Conversation(() => journal, 50)
    await expect(conversation.commit({ turn: 1, role: 'user', text: 'lost' })).rejects.toThrow('disk full')
    full = false
    await conversation.commit({ turn: 1, role: 'user', text: 'kept' })
    expect(kept.map(({ seq, text }) => [seq, text])).toEqual([[1, 'kept']])
  })

  it('opens a journal of its own under its id', () => {
    const opened: string[] = []
    const open = (id: string) => {
      opened.push(id)
      return createMemoryJournal(1)
    }
    const ids = [new Conversation(open, 1).id, new Conversation(open, 1).id]
    expect(opened).toEqual(ids)
    expect(new Set(ids).size).toBe(2)
  })
})

describe('a memory journal', () => {
  it('holds the newest entries only', async () => {
    const journal = createMemoryJournal(2)
    for (const seq of [1, 2, 3]) await journal.append({ seq, turn: 1, role: 'user', text: '', at: '' })
    expect((await journal.latest(50)).map(({ seq }) => seq)).toEqual([2, 3])
  })
})
