import { describe, expect, it } from 'vitest'
import { costOf, FREE, itemise, pricesOf } from './token-price.ts'

const details = { textIn: 0, audioIn: 0, imageIn: 0, textOut: 0, audioOut: 0 }

describe('itemise', () => {
  it('takes what nobody itemised for sound', () => {
    expect(itemise({ promptTokens: 100, responseTokens: 20, totalTokens: 120 })).toEqual({
      ...details,
      audioIn: 100,
      audioOut: 20,
    })
  })

  it('takes the little that was left out for text', () => {
    const tokens = itemise({
      promptTokens: 522,
      responseTokens: 61,
      details: { ...details, textIn: 332, audioIn: 165, audioOut: 60 },
    })
    expect(tokens).toEqual({ ...details, textIn: 357, audioIn: 165, textOut: 1, audioOut: 60 })
  })

  it('believes details that add up to more', () => {
    expect(itemise({ promptTokens: 1, details: { ...details, textIn: 7, imageIn: 258, textOut: 3 } })).toEqual({
      ...details,
      textIn: 7,
      imageIn: 258,
      textOut: 3,
    })
  })

  it('is nothing for nothing', () => {
    expect(itemise({})).toEqual(details)
  })
})

describe('what tokens cost', () => {
  it('is about a third of a cent for a minute of listening and two for one of speech', () => {
    const perMinute = 25 * 60
    const prices = pricesOf('gemini')
    expect(costOf({ ...details, audioIn: perMinute }, prices)).toBeCloseTo(0.0045, 6)
    expect(costOf({ ...details, audioOut: perMinute }, prices)).toBeCloseTo(0.018, 6)
  })

  it('is nothing with the local brain', () => {
    expect(pricesOf('local')).toEqual(FREE)
    expect(costOf({ textIn: 9, audioIn: 9, imageIn: 9, textOut: 9, audioOut: 9 }, FREE)).toBe(0)
  })
})
