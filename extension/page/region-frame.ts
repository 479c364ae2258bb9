import { type PageRectangle } from './visible-part.ts'

/** What is smaller was not drawn but clicked; and a model would see nothing in it, CSS pixels. */
export const MIN_SIDE = 24
/** One press of an arrow key, CSS pixels. */
const KEY_STEP = 16

export interface Extent {
  readonly width: number
  readonly height: number
}

/** The frame between the two corners of a drag, within the page. */
export function frameBetween(
  from: { x: number; y: number },
  to: { x: number; y: number },
  page: Extent,
): PageRectangle {
  const left = within(Math.min(from.x, to.x), page.width)
  const top = within(Math.min(from.y, to.y), page.height)
  const right = within(Math.max(from.x, to.x), page.width)
  const bottom = within(Math.max(from.y, to.y), page.height)
  return { x: left, y: top, width: right - left, height: bottom - top }
}

/** What of a rectangle is visible on the page; undefined when that is too little to be shown. */
export function visibleFrame({ x, y, width, height }: PageRectangle, page: Extent): PageRectangle | undefined {
  const frame = frameBetween({ x, y }, { x: x + width, y: y + height }, page)
  return frame.width < MIN_SIDE || frame.height < MIN_SIDE ? undefined : frame
}

/** Where the keyboard begins: the middle half of the page. */
export function middleFrame({ width, height }: Extent): PageRectangle {
  return { x: width / 4, y: height / 4, width: width / 2, height: height / 2 }
}

/** What an arrow key makes of a frame: it moves, or with `resizes` its right and lower edges do. Never leaves the page. */
export function frameAfterKey(frame: PageRectangle, key: string, resizes: boolean, page: Extent): PageRectangle {
  const step = STEPS[key]
  if (step === undefined) return frame
  const [right, down] = step
  if (resizes) {
    return {
      ...frame,
      width: between(frame.width + right * KEY_STEP, MIN_SIDE, page.width - frame.x),
      height: between(frame.height + down * KEY_STEP, MIN_SIDE, page.height - frame.y),
    }
  }
  return {
    ...frame,
    x: between(frame.x + right * KEY_STEP, 0, page.width - frame.width),
    y: between(frame.y + down * KEY_STEP, 0, page.height - frame.height),
  }
}

const STEPS: Readonly<Record<string, readonly [right: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

function within(value: number, most: number): number {
  return between(value, 0, most)
}

function between(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most))
}
