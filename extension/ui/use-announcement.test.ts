import { describe, expect, it } from 'vitest'
import { type CaptionTurn } from '../messaging/voice-state.ts'
import { Announcements } from './use-announcement.ts'

const answer = (turn: number, text: string, final = true): CaptionTurn => ({
  key: `s:${turn}`,
  turn,
  tools: [],
  assistant: { text, final, interrupted: false },
})

describe('Announcements', () => {
  it('says each answer once it is finished, and once', () => {
    const announcements = new Announcements([])
    expect(announcements.next([answer(1, 'It is', false)])).toBeUndefined()
    expect(announcements.next([answer(1, 'It is ten', false)])).toBeUndefined()
    expect(announcements.next([answer(1, 'It is ten.')])).toBe('It is ten.')
    expect(announcements.next([answer(1, 'It is ten.')])).toBeUndefined()
    expect(announcements.next([answer(1, 'It is ten.'), answer(2, 'Good night.')])).toBe('Good night.')
  })

  it('says nothing of what was there before it looked, and nothing of an answer that nobody heard', () => {
    const announcements = new Announcements([answer(1, 'Long ago.')])
    expect(announcements.next([answer(1, 'Long ago.'), answer(2, '')])).toBeUndefined()
  })
})
