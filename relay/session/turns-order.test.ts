import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Turn } from './turn.ts'
import { idOf, listen } from './turns-stage.ts'

const EVENTS = [
  'words',
  'typed',
  'audio',
  'said',
  'tool',
  'settle',
  'interrupted',
  'stop',
  'complete',
  'lost',
  'giveUp',
] as const

describe('whatever happens', () => {
  it('what is asked after the brain stopped is answered whole, late pieces or not, with or without an end before', () => {
    const late = fc.array(fc.constantFrom('sound', 'words'), { maxLength: 4 })
    const answer = fc.array(fc.constantFrom('sound', 'words'), { minLength: 1, maxLength: 6 })
    const isTyped = fc.boolean()
    const end = fc.constantFrom('never', 'before', 'after')
    fc.assert(
      fc.property(late, answer, isTyped, end, (latePieces, pieces, typed, ends) => {
        const { turns, news } = listen()
        const say = (piece: string, index: number) =>
          piece === 'sound' ? turns.answerAudio(10) : turns.answerWords(`${piece} ${index} `)
        turns.answerAudio(100)
        turns.brainInterrupted()
        latePieces.forEach(say)
        if (ends === 'before') turns.turnComplete()
        if (typed) turns.typed('t', 'and now?', 0)
        else turns.userWords('and now?', true)
        if (ends === 'after') turns.turnComplete()
        const turn = turns.open
        news()
        pieces.forEach(say)
        expect(idOf(turns.open)).toBe(2)
        turns.turnComplete()
        const words = pieces.map((piece, index) => (piece === 'words' ? `words ${index} ` : '')).join('')
        expect(news().slice(-2)).toEqual([`store answer 2 whole: ${words}`, 'complete 2'])
        expect(turn?.audioMs).toBe(pieces.filter((piece) => piece === 'sound').length * 10)
      }),
    )
  })

  it('turns are told in order, each from start to completion, and nothing of a turn after that', () => {
    const event = fc.constantFrom(...EVENTS)
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const { turns, news } = listen()
        const calls: Turn[] = []
        const happen: Record<(typeof EVENTS)[number], (index: number) => void> = {
          words: (index) => turns.userWords(`w${index} `, false),
          typed: (index) => turns.typed(`t${index}`, `text ${index}`, index),
          audio: () => turns.answerAudio(10),
          said: (index) => turns.answerWords(`a${index} `),
          tool: () => calls.push(turns.toolCalled()),
          settle: (index) => {
            const turn = calls.shift()
            if (turn !== undefined) turns.toolSettled(turn, index % 2 === 0)
          },
          interrupted: () => turns.brainInterrupted(),
          stop: () => turns.stopped(turns.open?.id ?? 0),
          complete: () => turns.turnComplete(),
          lost: (index) => turns.brainLost(([undefined, 'sound', 'words'] as const)[index % 3]),
          giveUp: () => turns.giveUpWaiting(),
        }
        events.forEach((name, index) => happen[name](index))
        turns.brainLost(undefined)
        const lives = new Map<number, string[]>()
        for (const line of news()) {
          const [, kind, id] = /^(.*?) (\d+)/.exec(line.replace('store ', 'store-'))!
          const life = lives.get(Number(id)) ?? []
          lives.set(Number(id), [...life, kind!])
        }
        const ids = [...lives.keys()]
        expect(ids).toEqual(ids.map((_, index) => index + 1))
        for (const life of lives.values()) {
          expect(life[0]).toBe('start')
          expect(life.at(-1)).toBe('complete')
          expect(life.filter((kind) => kind === 'start' || kind === 'complete')).toHaveLength(2)
        }
      }),
    )
  })
})
