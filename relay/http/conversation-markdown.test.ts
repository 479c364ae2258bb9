import { describe, expect, it } from 'vitest'
import { conversationMarkdown } from './conversation-markdown.ts'

const at = '2026-11-22T09:05:00.000Z'

function body(text: string): string {
  const markdown = conversationMarkdown({ title: 'T', startedAt: at }, [{ seq: 1, turn: 1, role: 'user', text, at }])
  return markdown.split(' UTC)\n\n')[1] ?? ''
}

describe('conversationMarkdown', () => {
  it('says who, when, and whether it was cut off', () => {
    const entry = { seq: 1, turn: 1, role: 'assistant', text: 'It is', interrupted: true, at } as const
    expect(conversationMarkdown({ title: 'The time', startedAt: at }, [entry])).toBe(
      '# The time\n\n2026-11-22 09:05:00 UTC\n\n**Aside** (2026-11-22 09:05:00 UTC, interrupted)\n\nIt is\n',
    )
  })

  it.each([
    ['plain words, well-known (really); 3.5 times 4. And “quotes” 🙂', undefined],
    ['# no heading', '\\# no heading'],
    ['- no list', '\\- no list'],
    ['12. no list', '12\\. no list'],
    ['=== no heading', '\\=== no heading'],
    ['> no quote', '\\> no quote'],
    ['a | b', 'a \\| b'],
    [
      '![x](y) <img src=x> &lt; `code` ~~x~~ a_b_c \\',
      '\\!\\[x\\](y) \\<img src=x\\> \\&lt; \\`code\\` \\~\\~x\\~\\~ a\\_b\\_c \\\\',
    ],
    ['    no code', 'no code'],
    ['one\r\ntwo', 'one\\\ntwo'],
    ['one\n \n\n  two', 'one\n\ntwo'],
  ])('leaves words as they are and takes the meaning from signs: %j', (text, expected = text) => {
    expect(body(text)).toBe(`${expected}\n`)
  })

  it('has a title for a conversation without one', () => {
    expect(conversationMarkdown({ title: '', startedAt: at }, [])).toMatch(/^# Conversation\n/)
  })
})
