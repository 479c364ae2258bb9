import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coverOf, isSameSize, pictureSize } from './picture-size.ts'

describe('pictureSize', () => {
  it.each([
    [1280, 800, { width: 1024, height: 640 }, { width: 1024, height: 640 }],
    [800, 600, { width: 800, height: 600 }, { width: 800, height: 600 }],
    [200, 100, { width: 320, height: 240 }, { width: 200, height: 100 }],
    [2560, 200, { width: 1024, height: 240 }, { width: 1024, height: 80 }],
    [1000, 4096, { width: 500, height: 2048 }, { width: 500, height: 2048 }],
  ])('sends %i × %i within its limits', (width, height, canvas, content) => {
    expect(pictureSize({ width, height })).toEqual({ canvas, content })
  })

  it('never enlarges, never exceeds 1024 × 2048, never goes below 320 × 240', () => {
    const side = fc.integer({ min: 1, max: 10_000 })
    fc.assert(
      fc.property(side, side, (width, height) => {
        const { canvas, content } = pictureSize({ width, height })
        expect(content.width).toBeLessThanOrEqual(Math.min(width, 1024))
        expect(content.height).toBeLessThanOrEqual(Math.min(height, 2048))
        expect(canvas.width).toBeGreaterThanOrEqual(Math.max(320, content.width))
        expect(canvas.height).toBeGreaterThanOrEqual(Math.max(240, content.height))
      }),
    )
  })
})

describe('coverOf', () => {
  it('covers every pixel of the area, and two around it', () => {
    expect(coverOf({ x: 0.1, y: 0.25, width: 0.3, height: 0.05 }, { width: 1024, height: 640 })).toEqual({
      x: 100,
      y: 158,
      width: 312,
      height: 36,
    })
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
