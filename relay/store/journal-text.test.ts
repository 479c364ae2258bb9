import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { entryJson, foldCase, parseEntry, queryWords, stateJson, titleOf } from './journal-text.ts'
import { StoreError } from './key-value.ts'

describe('entryJson', () => {
  it('is the same text for the same entry, whatever the order of its fields', () => {
    const one = { seq: 1, turn: 2, role: 'user', text: 'x', id: 'a', interrupted: true, at: 'now' } as const
    const other = { at: 'now', interrupted: true, id: 'a', text: 'x', role: 'user', turn: 2, seq: 1 } as const
    expect(entryJson(one)).toBe(entryJson(other))
    expect(parseEntry(entryJson(one))).toEqual(one)
  })
})

describe('stateJson', () => {
  it('counts bytes, not characters', () => {
    expect(() => stateJson('ü'.repeat(8 * 1024 - 1))).not.toThrow()
    expect(() => stateJson('ü'.repeat(8 * 1024))).toThrow(StoreError)
  })
})

describe('titleOf', () => {
  it('is one line of at most 120 characters, cut between what people see as characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        const title = titleOf(text)
        expect(title.length).toBeLessThanOrEqual(120)
        expect(title).not.toMatch(/[\n\r\t]|^\s|\s$/u)
        expect(title.isWellFormed()).toBe(true)
      }),
    )
    const family = '👨‍👩‍👧‍👦'
    expect(titleOf(family.repeat(20))).toBe(`${family.repeat(10)}…`)
    expect(titleOf('  Two\n\nlines ')).toBe('Two lines')
  })

  it('has only whole characters, whatever a client sent', () => {
    expect(titleOf('a\ud800b').isWellFormed()).toBe(true)
  })
})

describe('a search', () => {
  it('finds each word of a text in it, whatever its case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        for (const spelt of [text, text.toUpperCase(), text.toLowerCase().toUpperCase()]) {
          for (const word of queryWords(spelt)) expect(foldCase(text)).toContain(word)
        }
      }),
    )
  })

  it('knows letters that have more than one form', () => {
    expect(queryWords('  straße ΟΔΟΣ e\u0301 ')).toEqual(queryWords('STRASSE οδος é'))
    expect(queryWords(undefined)).toEqual([])
    expect(queryWords(' \n ')).toEqual([])
  })
})
