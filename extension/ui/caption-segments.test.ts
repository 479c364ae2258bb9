import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { captionSegments } from './caption-segments.ts'

const heard = { final: true, interrupted: false }

describe('captionSegments', () => {
  it('leaves plain speech as it is', () => {
    expect(captionSegments({ ...heard, text: 'It is ten past four.' })).toEqual([
      { kind: 'said', text: 'It is ten past four.' },
    ])
  })

  it.each([
    'The page says: “Most of the catch is thrown back.” It gives no source.',
    'The page says: "Most of the catch is thrown back." It gives no source.',
  ])('sets a quotation apart: %s', (text) => {
    expect(captionSegments({ ...heard, text })).toEqual([
      { kind: 'said', text: 'The page says:' },
      { kind: 'quote', text: 'Most of the catch is thrown back.' },
      { kind: 'said', text: 'It gives no source.' },
    ])
  })

  it('drops the full stop that a quotation leaves alone', () => {
    expect(captionSegments({ ...heard, text: 'You said "all is well here".' })).toEqual([
      { kind: 'said', text: 'You said' },
      { kind: 'quote', text: 'all is well here' },
    ])
  })

  it('keeps single quoted words, inches and quotations still being said in their sentence', () => {
    for (const text of ['The word “aside” is Latin.', 'A 5" pipe and a 6" pipe are here.', 'It begins “Most of the']) {
      expect(captionSegments({ ...heard, text })).toEqual([{ kind: 'said', text }])
    }
  })

  it('ends with the words that were cut off', () => {
    expect(captionSegments({ ...heard, interrupted: true, text: 'The first', unheard: ' and the second.' })).toEqual([
      { kind: 'said', text: 'The first' },
      { kind: 'unheard', text: 'and the second.' },
    ])
    expect(captionSegments({ ...heard, interrupted: true, text: '', unheard: 'Nothing of it.' })).toEqual([
      { kind: 'unheard', text: 'Nothing of it.' },
    ])
  })

  it('loses no word of any text', () => {
    const words = (text: string) => text.match(/\p{L}+/gu) ?? []
    const token = fc.constantFrom('one', 'two', '“', '”', '"', '. ', ' ', ', ', '„', '—', '(', ')', '\n')
    fc.assert(
      fc.property(fc.array(token, { maxLength: 40 }), (tokens) => {
        const text = tokens.join('')
        const shown = captionSegments({ ...heard, text }).map((segment) => segment.text)
        expect(shown.flatMap(words)).toEqual(words(text))
      }),
    )
  })
})
