import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clausesOf } from './clauses.ts'

describe('clausesOf', () => {
  it('cuts at sentences, and long sentences at commas', () => {
    expect(clausesOf('Hello. It is 3:45 in the afternoon. Version 3.5 is here!')).toEqual([
      'Hello. ',
      'It is 3:45 in the afternoon. ',
      'Version 3.5 is here!',
    ])
    expect(
      clausesOf('I can tell you the time and the date, repeat what you say, and tell which picture you showed me.'),
    ).toEqual(['I can tell you the time and the date, repeat what you say, ', 'and tell which picture you showed me.'])
  })

  it('has nothing to say about nothing', () => {
    expect(clausesOf('')).toEqual([])
  })

  it('loses nothing and makes no clause too long, whatever the text', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom('word', ', ', '. ', '! ', '\n', '3.5', '"'), { maxLength: 200 })
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (whole) => {
        const clauses = clausesOf(whole)
        expect(clauses.join('')).toBe(whole)
        expect(Math.max(0, ...clauses.map((clause) => clause.length))).toBeLessThanOrEqual(200)
        expect(clauses).not.toContain('')
      }),
    )
  })
})
