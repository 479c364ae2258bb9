import { type PictureArea } from '../../messaging/messages.ts'

/** A very tall window must not become a very tall picture, pixels. */
const MAX_HEIGHT = 2048
/** Below this a model sees hardly anything, pixels. */
const MIN_WIDTH = 320
const MIN_HEIGHT = 240

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

/** How large a capture is sent: never enlarged, at most `maxWidth` wide, at least 320 × 240. Pixels. */
export function pictureSize(capture: Size, maxWidth: number): PictureSize {
  const scale = Math.min(1, maxWidth / capture.width, MAX_HEIGHT / capture.height)
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

/** Where a part of a picture lies in it: whole pixels, rounded outwards, never outside, never empty. */
export function rectangleOf(area: PictureArea, picture: Size): { x: number; y: number } & Size {
  const x = within(Math.floor(area.x * picture.width), picture.width - 1)
  const y = within(Math.floor(area.y * picture.height), picture.height - 1)
  const right = within(Math.ceil((area.x + area.width) * picture.width), picture.width)
  const bottom = within(Math.ceil((area.y + area.height) * picture.height), picture.height)
  return { x, y, width: Math.max(1, right - x), height: Math.max(1, bottom - y) }
}

function within(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most)
}
