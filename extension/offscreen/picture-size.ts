import { type PictureArea } from '../messaging/messages.ts'

/** Text of a page is still readable at this width; models see no more in a wider picture, pixels. */
const MAX_WIDTH = 1024
/** A very tall window must not become a very tall picture, pixels. */
const MAX_HEIGHT = 2048
/** Below this a model sees hardly anything, pixels. */
const MIN_WIDTH = 320
const MIN_HEIGHT = 240
/** Scaling blends neighbours: a cover reaches this far over the edge of what it hides, pixels. */
const COVER_MARGIN = 2

export interface Size {
  readonly width: number
  readonly height: number
}

export interface PictureSize {
  /** Of the picture that is sent; what the capture does not fill is black. */
  readonly canvas: Size
  /** Of the capture in it, from the left top corner. */
  readonly content: Size
}

/** How large a capture is sent: never enlarged, at most 1024 pixels wide, at least 320 × 240. Pixels. */
export function pictureSize(capture: Size): PictureSize {
  const scale = Math.min(1, MAX_WIDTH / capture.width, MAX_HEIGHT / capture.height)
  const content = {
    width: Math.max(1, Math.round(capture.width * scale)),
    height: Math.max(1, Math.round(capture.height * scale)),
  }
  const canvas = { width: Math.max(MIN_WIDTH, content.width), height: Math.max(MIN_HEIGHT, content.height) }
  return { canvas, content }
}

/** Whether a capture shows what was measured; halves of pixels are rounded one way or the other. */
export function isSameSize(capture: Size, measured: Size): boolean {
  return Math.abs(capture.width - measured.width) <= 2 && Math.abs(capture.height - measured.height) <= 2
}

/** Where an area of the page lies in the picture, rounded outwards, pixels. */
export function coverOf(area: PictureArea, content: Size): { x: number; y: number } & Size {
  const left = Math.floor(area.x * content.width) - COVER_MARGIN
  const top = Math.floor(area.y * content.height) - COVER_MARGIN
  const right = Math.ceil((area.x + area.width) * content.width) + COVER_MARGIN
  const bottom = Math.ceil((area.y + area.height) * content.height) + COVER_MARGIN
  return { x: left, y: top, width: right - left, height: bottom - top }
}
