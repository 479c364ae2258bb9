import { describe, expect, it } from 'vitest'
import { conversationText } from './conversation-text.ts'

describe('conversationText', () => {
  it('sets who said what, without what nobody heard', () => {
    const turns = [
      {
        key: 'a1',
        turn: 1,
        tools: [],
        user: { text: 'What is this about?', final: true, interrupted: false },
        assistant: { text: 'It is about', final: true, interrupted: true, unheard: ' fish.' },
      },
      { key: 'a2', turn: 2, tools: [], user: { text: ' Stop. ', final: true, interrupted: false } },
      { key: 'a3', turn: 3, tools: [], assistant: { text: '', final: false, interrupted: false } },
    ]
    expect(conversationText(turns, { user: 'You', assistant: 'Aside' })).toBe(
      'You: What is this about?\n\nAside: It is about —\n\nYou: Stop.',
    )
  })
})
