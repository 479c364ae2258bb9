import { describe, expect, it } from 'vitest'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type CaptionTurn } from '../messaging/voice-state.ts'
import { captionsAfter } from './captions.ts'

const AT = '2026-11-21T10:00:00Z'
type Role = 'user' | 'assistant'

const delta = (turn: number, role: Role, text: string): ServerMessage => ({
  type: 'transcript.delta',
  turn,
  role,
  text,
})
const final = (turn: number, role: Role, text: string, interrupted?: boolean): ServerMessage => ({
  type: 'transcript.final',
  seq: turn * 2,
  turn,
  role,
  text,
  at: AT,
  ...(interrupted === undefined ? {} : { interrupted }),
})
const tool = (callId: string, phase: 'running' | 'done', ms?: number): ServerMessage => ({
  type: 'tool.status',
  callId,
  name: 'read_page',
  where: 'browser',
  phase,
  ...(ms === undefined ? {} : { ms }),
})

function captions(...messages: ServerMessage[]): readonly CaptionTurn[] {
  return messages.reduce<readonly CaptionTurn[]>((turns, message) => captionsAfter(turns, 's', message), [])
}

describe('captionsAfter', () => {
  it('grows both sides of a turn and settles on the final words', () => {
    const growing = captions(delta(1, 'user', 'what is'), delta(1, 'user', ' the time'), delta(1, 'assistant', 'It is'))
    expect(growing).toEqual([
      {
        key: 's:1',
        turn: 1,
        tools: [],
        user: { text: 'what is the time', final: false, interrupted: false },
        assistant: { text: 'It is', final: false, interrupted: false },
      },
    ])
    const settled = captions(
      delta(1, 'user', 'what is'),
      final(1, 'user', 'What is the time?'),
      delta(1, 'user', ' time'),
    )
    expect(settled[0]?.user).toEqual({ text: 'What is the time?', final: true, interrupted: false })
  })

  it('keeps turns apart, in their order', () => {
    const turns = captions(final(1, 'user', 'One.'), final(2, 'user', 'Two.'), final(1, 'assistant', 'First.'))
    expect(turns.map((turn) => [turn.turn, turn.user?.text, turn.assistant?.text])).toEqual([
      [1, 'One.', 'First.'],
      [2, 'Two.', undefined],
    ])
  })

  it('shows at once that an answer was cut, then which words nobody heard', () => {
    const said = [delta(1, 'assistant', 'Once upon a time '), delta(1, 'assistant', 'there was a fox.')]
    const cut = captions(...said, { type: 'turn.interrupted', turn: 1 })
    expect(cut[0]?.assistant).toEqual({ text: 'Once upon a time there was a fox.', final: false, interrupted: true })
    const settled = captionsAfter(cut, 's', final(1, 'assistant', 'Once upon a', true))
    expect(settled[0]?.assistant).toEqual({
      text: 'Once upon a',
      final: true,
      interrupted: true,
      unheard: 'time there was a fox.',
    })
  })

  it('invents no unheard words when the final text is another one, or nothing was left', () => {
    const other = captions(delta(1, 'assistant', 'Once upon'), final(1, 'assistant', 'Twice', true))
    expect(other[0]?.assistant).toEqual({ text: 'Twice', final: true, interrupted: true })
    const whole = captions(delta(1, 'assistant', 'All  of it.'), final(1, 'assistant', 'All of it.', true))
    expect(whole[0]?.assistant).toEqual({ text: 'All of it.', final: true, interrupted: true })
    const nothingHeard = captions(delta(1, 'assistant', 'Not a word.'), final(1, 'assistant', '', true))
    expect(nothingHeard[0]?.assistant?.unheard).toBe('Not a word.')
  })

  it('hangs a tool on the newest turn and follows it there', () => {
    const turns = captions(
      final(1, 'user', 'One.'),
      final(2, 'user', 'Two.'),
      tool('a', 'running'),
      final(3, 'user', 'Three.'),
      tool('a', 'done', 40),
      tool('b', 'running'),
    )
    expect(turns.map((turn) => turn.tools)).toEqual([
      [],
      [{ callId: 'a', name: 'read_page', phase: 'done', ms: 40 }],
      [{ callId: 'b', name: 'read_page', phase: 'running' }],
    ])
  })

  it('takes up the history of a session, once', () => {
    const ready: ServerMessage = {
      type: 'session.ready',
      sessionId: 's',
      resumeToken: 't',
      resumed: false,
      seq: 2,
      user: { id: 'local', name: 'me' },
      brain: 'local',
      model: 'm',
      voice: 'v',
      expiresAt: AT,
      capabilities: {},
      limits: {},
      history: [
        { seq: 1, turn: 1, role: 'user', text: 'Hello.', at: AT },
        { seq: 2, turn: 1, role: 'assistant', text: 'Good day.', at: AT },
      ],
    }
    const turns = captions(ready, ready)
    expect(turns.map((turn) => [turn.key, turn.user?.text, turn.assistant?.text])).toEqual([
      ['s:1', 'Hello.', 'Good day.'],
    ])
  })

  it('keeps the newest 200 turns', () => {
    const turns = captions(...Array.from({ length: 250 }, (_, index) => final(index + 1, 'user', 'x')))
    expect([turns.length, turns[0]?.turn, turns.at(-1)?.turn]).toEqual([200, 51, 250])
  })

  it('returns the same list for what adds nothing', () => {
    const turns = captions(final(1, 'user', 'One.'))
    expect(captionsAfter(turns, 's', { type: 'audio.ack', seq: 4 })).toBe(turns)
  })
})
