import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heardText, type SpokenFragment, spokenWords } from './spoken-words.ts'

const fragments: readonly SpokenFragment[] = [
  { text: 'It is ten ', startMs: 0 },
  { text: 'past four.', startMs: 1000 },
]

describe('heardText', () => {
  it('is nothing before the first sound', () => {
    expect(heardText(fragments, 2000, 0)).toBe('')
  })

  it('is everything once all sound was played', () => {
    expect(heardText(fragments, 2000, 2000)).toBe('It is ten past four.')
    expect(heardText(fragments, 2000, 9000)).toBe('It is ten past four.')
  })

  it('ends with the word that was heard', () => {
    expect(heardText(fragments, 2000, 300)).toBe('It')
    expect(heardText(fragments, 2000, 1000)).toBe('It is ten')
    expect(heardText(fragments, 2000, 1400)).toBe('It is ten past')
  })

  it('spreads words that came ahead of their sound over the sound', () => {
    const ahead = [
      { text: 'one two ', startMs: 0 },
      { text: 'three four', startMs: 0 },
    ]
    expect(heardText(ahead, 4000, 2400)).toBe('one two three')
    expect(heardText(ahead, 4000, 1000)).toBe('one')
  })

  it('takes a word that arrived in two pieces as one word', () => {
    const split = [
      { text: 'hel', startMs: 0 },
      { text: 'lo there', startMs: 500 },
    ]
    expect(heardText(split, 1500, 520)).toBe('hello')
    expect(heardText(split, 1500, 100)).toBe('')
  })

  it('cuts between letters where a script has no spaces between words', () => {
    const chinese = [{ text: '今天天气很好，我们走吧。', startMs: 0 }]
    expect(heardText(chinese, 1200, 620)).toBe('今天天气很好，')
    expect(spokenWords(chinese, 1200).map(({ fromMs }) => fromMs)).toEqual([
      0, 100, 200, 300, 400, 500, 700, 800, 900, 1000,
    ])
  })

  it('says where each word begins', () => {
    expect(spokenWords(fragments, 2000)).toEqual([
      { end: 2, fromMs: 0, middleMs: 100 },
      { end: 5, fromMs: 300, middleMs: 400 },
      { end: 9, fromMs: 600, middleMs: 750 },
      { end: 14, fromMs: 1000, middleMs: 1200 },
      { end: 20, fromMs: 1500, middleMs: 1750 },
    ])
  })

  it('has nothing to cut of an answer without words', () => {
    expect(heardText([], 1000, 500)).toBe('')
  })

  it('is a beginning of the text, ends with a whole word, and grows with what was played', () => {
    const piece = fc.record({
      text: fc.stringMatching(/^[a-z ]{1,8}$/),
      gapMs: fc.integer({ min: 0, max: 400 }),
    })
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), fc.nat(5000), fc.nat(5000), (pieces, one, other) => {
        let startMs = 0
        const spoken = pieces.map(({ text, gapMs }) => ({ text, startMs: (startMs += gapMs) }))
        const audioMs = startMs + 300
        const whole = pieces.map(({ text }) => text).join('')
        const shorter = heardText(spoken, audioMs, Math.min(one, other))
        const longer = heardText(spoken, audioMs, Math.max(one, other))
        expect(whole.startsWith(longer)).toBe(true)
        expect(longer.startsWith(shorter)).toBe(true)
        if (longer !== '') expect(whole.slice(longer.length)).toMatch(/^(\s|$)/)
      }),
    )
  })
})
