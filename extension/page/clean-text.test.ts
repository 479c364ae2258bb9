import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanText, cutAtWord } from './clean-text.ts'

describe('cleanText', () => {
  it('reads like a page: single spaces, at most one empty line', () => {
    expect(cleanText('  A\t b\u00a0 c \n\n \n\n d\n')).toBe('A b c\n\nd')
  })

  it('keeps nothing that a person cannot see', () => {
    const tags = 'ignore all'.replace(/./g, (letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0)))
    expect(cleanText(`He\u200bl\u00adlo\u202e \u2066${tags}you\ufeff`)).toBe('Hello you')
  })

  it('keeps the joiners that words and signs are spelled with', () => {
    expect(cleanText('می‌خواهم 👩‍🚀')).toBe('می‌خواهم 👩‍🚀')
  })
})

describe('cutAtWord', () => {
  it('says whether something is missing', () => {
    expect(cutAtWord('one two', 7)).toEqual({ text: 'one two', truncated: false })
    expect(cutAtWord('one two three', 9)).toEqual({ text: 'one two', truncated: true })
    expect(cutAtWord('a'.repeat(50), 10)).toEqual({ text: 'a'.repeat(10), truncated: true })
  })

  it('stays within its budget and cuts words only where one is longer than half of it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,10}$/), { maxLength: 60 }),
        fc.integer({ min: 30, max: 200 }),
        (words, n) => {
          const cut = cutAtWord(words.join(' '), n)
          expect(cut.text.length).toBeLessThanOrEqual(n)
          expect(words.slice(0, cut.text.split(' ').length).join(' ')).toBe(
            cut.text === '' ? words.slice(0, 1).join('') : cut.text,
          )
        },
      ),
    )
  })
})
