import { describe, expect, it } from 'vitest'
import { STATE_SHAPES, type StateName } from './state-shape.ts'
import { drawnPart, followLevel, type LineFrame, lineMotion, linePath } from './voice-line.ts'

const BOX = { width: 320, height: 40 }

function pointsOf(path: string): { readonly x: number; readonly y: number }[] {
  return path
    .slice(1)
    .split('L')
    .map((pair) => pair.split(' ').map(Number))
    .map(([x, y]) => ({ x: x!, y: y! }))
}

function farthestFromMiddle(frame: LineFrame): number {
  return Math.max(...pointsOf(linePath(frame)).map(({ y }) => Math.abs(y - frame.height / 2)))
}

describe('linePath', () => {
  it('is one straight stroke while nothing is to be shown', () => {
    for (const motion of ['flat', 'broken'] as const) {
      expect(linePath({ ...BOX, motion, level: 0.8, timeMs: 1234 })).toBe('M0 20H320')
    }
    expect(linePath({ ...BOX, motion: 'listening', level: 0, timeMs: 1234 })).toBe('M0 20H320')
  })

  it.each(['listening', 'speaking'] as const)('stays inside its box and is tied to both ends when %s', (motion) => {
    for (let timeMs = 0; timeMs < 5000; timeMs += 33) {
      const points = pointsOf(linePath({ ...BOX, motion, level: 1, timeMs }))
      expect(points.at(0)).toEqual({ x: 0, y: 20 })
      expect(points.at(-1)).toEqual({ x: 320, y: 20 })
      for (const { y } of points) expect(Math.abs(y - 20)).toBeLessThanOrEqual(18)
    }
  })

  it('moves further when it is louder', () => {
    const frame = { ...BOX, motion: 'listening', timeMs: 700 } as const
    const quiet = farthestFromMiddle({ ...frame, level: 0.1 })
    const loud = farthestFromMiddle({ ...frame, level: 0.9 })
    expect(quiet).toBeGreaterThan(0)
    expect(loud).toBeGreaterThan(quiet * 5)
  })

  it('moves with time', () => {
    const frame = { ...BOX, motion: 'speaking', level: 0.5 } as const
    expect(linePath({ ...frame, timeMs: 0 })).not.toBe(linePath({ ...frame, timeMs: 33 }))
  })

  it('survives a box without width', () => {
    expect(linePath({ width: 0, height: 40, motion: 'listening', level: 1, timeMs: 5 })).toBe('M0 20H0')
  })
})

describe('drawnPart', () => {
  it('runs from nothing over the whole line to nothing', () => {
    expect(drawnPart(0)).toEqual({ from: 0, to: 0 })
    const seen = Array.from({ length: 180 }, (_, index) => drawnPart(index * 10))
    for (const { from, to } of seen) expect(from).toBeLessThanOrEqual(to)
    expect(Math.max(...seen.map(({ from, to }) => to - from))).toBeGreaterThan(0.8)
    expect(seen.at(-1)?.from).toBeGreaterThan(0.99)
  })
})

describe('followLevel', () => {
  it('rises faster than it falls and comes to rest', () => {
    const rise = followLevel(0, 1, 33)
    const fall = 1 - followLevel(1, 0, 33)
    expect(rise).toBeGreaterThan(fall * 2)
    let level = 1
    for (let frames = 0; frames < 60; frames += 1) level = followLevel(level, 0, 33)
    expect(level).toBe(0)
  })

  it('is never outside 0–1, whatever was measured', () => {
    expect(followLevel(0.5, 40, 1000)).toBeLessThanOrEqual(1)
    expect(followLevel(0.5, -3, 1000)).toBeGreaterThanOrEqual(0)
  })
})

describe('lineMotion', () => {
  it('moves with the voice only when a voice can be heard', () => {
    const moving = (Object.keys(STATE_SHAPES) as StateName[]).filter(
      (state) => lineMotion(state) === 'listening' || lineMotion(state) === 'speaking',
    )
    expect(moving).toEqual(['listening', 'speaking'])
  })
})
