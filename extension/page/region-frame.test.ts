import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameAfterKey, frameBetween, middleFrame, MIN_SIDE, visibleFrame } from './region-frame.ts'

const PAGE = { width: 1000, height: 600 }

describe('frameBetween', () => {
  it('is the same whichever corner the drag began at', () => {
    const frame = { x: 100, y: 50, width: 300, height: 200 }
    expect(frameBetween({ x: 100, y: 50 }, { x: 400, y: 250 }, PAGE)).toEqual(frame)
    expect(frameBetween({ x: 400, y: 250 }, { x: 100, y: 50 }, PAGE)).toEqual(frame)
  })

  it('ends at the edge of the page', () => {
    expect(frameBetween({ x: 900, y: 500 }, { x: 1200, y: 900 }, PAGE)).toEqual({
      x: 900,
      y: 500,
      width: 100,
      height: 100,
    })
  })
})

describe('visibleFrame', () => {
  it('is what can be seen of an element', () => {
    expect(visibleFrame({ x: -50, y: 400, width: 200, height: 900 }, PAGE)).toEqual({
      x: 0,
      y: 400,
      width: 150,
      height: 200,
    })
  })

  it('is nothing for what cannot be seen, or hardly', () => {
    expect(visibleFrame({ x: 0, y: 700, width: 200, height: 200 }, PAGE)).toBeUndefined()
    expect(visibleFrame({ x: 10, y: 10, width: 200, height: 5 }, PAGE)).toBeUndefined()
  })
})

describe('frameAfterKey', () => {
  it('moves by arrows, and changes its size with Shift', () => {
    const frame = middleFrame(PAGE)
    expect(frameAfterKey(frame, 'ArrowRight', false, PAGE)).toEqual({ ...frame, x: frame.x + 16 })
    expect(frameAfterKey(frame, 'ArrowUp', true, PAGE)).toEqual({ ...frame, height: frame.height - 16 })
    expect(frameAfterKey(frame, 'a', false, PAGE)).toEqual(frame)
  })

  it('stays on the page and large enough to be seen, whatever is pressed', () => {
    const press = fc.record({
      key: fc.constantFrom('ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'),
      resizes: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(press, { maxLength: 200 }), (presses) => {
        const frame = presses.reduce(
          (now, { key, resizes }) => frameAfterKey(now, key, resizes, PAGE),
          middleFrame(PAGE),
        )
        expect(Math.min(frame.x, frame.y)).toBeGreaterThanOrEqual(0)
        expect(Math.min(frame.width, frame.height)).toBeGreaterThanOrEqual(MIN_SIDE)
        expect(frame.x + frame.width).toBeLessThanOrEqual(PAGE.width)
        expect(frame.y + frame.height).toBeLessThanOrEqual(PAGE.height)
      }),
    )
  })
})
