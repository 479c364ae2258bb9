import { describe, expect, it } from 'vitest'
import { closeCodeLabel, createBoundedLabel } from './bounded-label.ts'

describe('a bounded label', () => {
  it('keeps the first values and calls the rest other', () => {
    const label = createBoundedLabel(2)
    expect(['one', 'two', 'three', 'one', 'two'].map(label)).toEqual(['one', 'two', 'other', 'one', 'two'])
  })

  it('takes no value that could be anybody’s words', () => {
    const label = createBoundedLabel(10)
    for (const value of ['', 'Hello there', 'anna@example.org', '4f2c9a', 'x'.repeat(41), 'a-b'])
      expect(label(value)).toBe('other')
  })

  it('names the close codes of the standard and our own only', () => {
    expect([1000, 1006, 1012, 4001, 4509].map(closeCodeLabel)).toEqual(['1000', '1006', '1012', '4001', '4509'])
    expect([0, 3000, 4004, 4400, 4999].map(closeCodeLabel)).toEqual(['other', 'other', 'other', 'other', 'other'])
  })
})
