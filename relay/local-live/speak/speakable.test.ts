import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { speakable } from './speakable.ts'

describe('speakable', () => {
  it('writes in ASCII what can be said', () => {
    expect(speakable('“Crème brûlée” – it’s 5 €…')).toBe('"Creme brulee", it\'s 5 .')
    expect(speakable('€20 at 21 °C')).toBe('20 euros at 21 degrees')
    expect(speakable('See https://www.example.org/a/very/long?path#x now')).toBe('See example.org now')
  })

  it('finds nothing to say in other scripts and in signs', () => {
    expect(speakable('日本語')).toBe('')
    expect(speakable(' … !? ')).toBe('')
  })

  it('gives plain ASCII for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(speakable(text)).toMatch(/^[\x20-\x7e]*$/)
      }),
    )
  })
})
