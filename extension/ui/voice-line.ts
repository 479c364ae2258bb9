import { type StateName } from './state-shape.ts'

/** How the line moves: still, still and broken, with a level, or drawing itself. */
export type LineMotion = 'flat' | 'broken' | 'listening' | 'drawing' | 'speaking'

const MOTIONS: Readonly<Record<StateName, LineMotion>> = {
  idle: 'flat',
  connecting: 'drawing',
  listening: 'listening',
  thinking: 'drawing',
  speaking: 'speaking',
  muted: 'flat',
  reconnecting: 'broken',
  error: 'flat',
}

export function lineMotion(state: StateName): LineMotion {
  return MOTIONS[state]
}

export interface LineFrame {
  readonly motion: LineMotion
  /** 0–1, as `followLevel` left it. */
  readonly level: number
  /** Any clock that grows, ms. */
  readonly timeMs: number
  /** CSS pixels. */
  readonly width: number
  readonly height: number
}

/** Distance of the points the stroke goes through, CSS pixels; at 4 the corners can be seen. */
const STEP_PX = 2
/** Kept free above and below, so that the round stroke is not cut, CSS pixels. */
const MARGIN_PX = 2
/** One drawing of the line: the stroke runs out, then its beginning follows. */
const DRAWING_MS = 1800

/** SVG path data of the stroke in a box of `width` × `height`; it starts and ends in the middle of the box's height. */
export function linePath(frame: LineFrame): string {
  switch (frame.motion) {
    case 'flat':
    case 'broken':
      return straight(0, frame.width, frame.height / 2)
    case 'drawing': {
      const { from, to } = drawnPart(frame.timeMs)
      return straight(from * frame.width, to * frame.width, frame.height / 2)
    }
    case 'listening':
      return wave(frame, { lengthPx: 32, speed: 0.011 })
    case 'speaking':
      return wave(frame, { lengthPx: 56, speed: 0.007 })
  }
}

/** Which part of the line is drawn at `timeMs`, as fractions of its width. */
export function drawnPart(timeMs: number): { readonly from: number; readonly to: number } {
  const phase = (timeMs % DRAWING_MS) / DRAWING_MS
  return { from: eased((phase - 0.45) / 0.55), to: eased(phase / 0.55) }
}

/** Loudness is shown rising at once and falling slowly, as a voice is heard. */
export function followLevel(shown: number, heard: number, elapsedMs: number): number {
  const target = Math.min(1, Math.max(0, heard))
  const settleMs = target > shown ? 40 : 180
  const next = target + (shown - target) * Math.exp(-elapsedMs / settleMs)
  return next < 0.004 ? 0 : next
}

function straight(fromX: number, toX: number, y: number): string {
  return `M${rounded(fromX)} ${rounded(y)}H${rounded(toX)}`
}

function wave(frame: LineFrame, shape: { readonly lengthPx: number; readonly speed: number }): string {
  const { width, height, level, timeMs } = frame
  if (level <= 0 || width <= 0) return straight(0, width, height / 2)
  const reach = (height / 2 - MARGIN_PX) * Math.min(1, level)
  const steps = Math.max(1, Math.round(width / STEP_PX))
  const points = Array.from({ length: steps + 1 }, (_, index) => {
    const x = (index / steps) * width
    const along = (2 * Math.PI * x) / shape.lengthPx
    // Two waves that never meet in the same place twice look like a voice; one looks like a machine.
    const swing =
      0.62 * Math.sin(along + timeMs * shape.speed) + 0.38 * Math.sin(along * 0.57 - timeMs * shape.speed * 1.31)
    const taper = Math.sin((Math.PI * x) / width) ** 1.5
    return `${rounded(x)} ${rounded(height / 2 + reach * taper * swing)}`
  })
  return `M${points.join('L')}`
}

function eased(part: number): number {
  const t = Math.min(1, Math.max(0, part))
  return t * t * (3 - 2 * t)
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
