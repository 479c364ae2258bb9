import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSameSize, pictureSize, rectangleOf } from './picture-size.ts'

describe('pictureSize', () => {
  it.each([
    [1280, 800, { width: 1024, height: 640 }, { width: 1024, height: 640 }],
    [800, 600, { width: 800, height: 600 }, { width: 800, height: 600 }],
    [200, 100, { width: 320, height: 240 }, { width: 200, height: 100 }],
    [2560, 200, { width: 1024, height: 240 }, { width: 1024, height: 80 }],
    [1000, 4096, { width: 500, height: 2048 }, { width: 500, height: 2048 }],
  ])('sends %i × %i within its limits', (width, height, canvas, content) => {
    expect(pictureSize({ width, height }, 1024)).toEqual({ canvas, content })
  })

  it('never enlarges, never exceeds the width asked for or 2048 in height, never goes below 320 × 240', () => {
    const side = fc.integer({ min: 1, max: 10_000 })
    fc.assert(
      fc.property(side, side, fc.integer({ min: 320, max: 1920 }), (width, height, most) => {
        const { canvas, content } = pictureSize({ width, height }, most)
        expect(content.width).toBeLessThanOrEqual(Math.min(width, most))
        expect(content.height).toBeLessThanOrEqual(Math.min(height, 2048))
        expect(canvas.width).toBeGreaterThanOrEqual(Math.max(320, content.width))
        expect(canvas.height).toBeGreaterThanOrEqual(Math.max(240, content.height))
      }),
    )
  })
})

describe('rectangleOf', () => {
  it('holds every pixel that the part touches', () => {
    expect(rectangleOf({ x: 0.1, y: 0.25, width: 0.3, height: 0.0504 }, { width: 1024, height: 640 })).toEqual({
      x: 102,
      y: 160,
      width: 308,
      height: 33,
    })
  })

  it('lies in the picture and is never empty, wherever the part is', () => {
    const side = fc.integer({ min: 1, max: 5000 })
    const fraction = fc.double({ min: -3, max: 3, noNaN: true })
    fc.assert(
      fc.property(side, side, fraction, fraction, fraction, fraction, (width, height, x, y, w, h) => {
        const part = rectangleOf({ x, y, width: Math.abs(w), height: Math.abs(h) }, { width, height })
        expect(Math.min(part.x, part.y)).toBeGreaterThanOrEqual(0)
        expect(Math.min(part.width, part.height)).toBeGreaterThanOrEqual(1)
        expect(part.x + part.width).toBeLessThanOrEqual(width)
        expect(part.y + part.height).toBeLessThanOrEqual(height)
      }),
    )
  })
})

describe('isSameSize', () => {
  it('forgives the halves of a pixel, and nothing else', () => {
    const measured = { width: 1341, height: 1208 }
    expect(isSameSize({ width: 1342, height: 1207 }, measured)).toBe(true)
    expect(isSameSize({ width: 1280, height: 1208 }, measured)).toBe(false)
    expect(isSameSize({ width: 1341, height: 604 }, measured)).toBe(false)
  })
})
