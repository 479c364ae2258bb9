import { describe, expect, it } from 'vitest'
import { greyOf, isChanged } from './picture-change.ts'

const grey = (value: number, ...differing: [cell: number, value: number][]) => {
  const thumbnail = new Uint8Array(1024).fill(value)
  for (const [cell, other] of differing) thumbnail[cell] = other
  return thumbnail
}

describe('isChanged', () => {
  it('takes the first picture for a change', () => {
    expect(isChanged(undefined, grey(200))).toBe(true)
  })

  it('ignores noise everywhere and a blinking caret somewhere', () => {
    expect(isChanged(grey(200), grey(203))).toBe(false)
    expect(isChanged(grey(200), grey(200, [500, 20]))).toBe(false)
  })

  it('sees a line of text that came', () => {
    expect(isChanged(grey(250), grey(250, [64, 230], [65, 228], [66, 235]))).toBe(true)
  })
})

describe('greyOf', () => {
  it('weighs colours as the eye does', () => {
    const pixels = Uint8ClampedArray.from([255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255])
    expect([...greyOf(pixels)]).toEqual([76, 150, 29, 255])
  })
})
