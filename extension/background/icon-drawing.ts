import { STATE_SHAPES } from '../ui/state-shape.ts'
import { type IconChoice } from './icon-choice.ts'

/** Sizes that Chrome asks for on ordinary and on dense screens, pixels. */
const SIZES = [16, 32] as const
/** Shapes are drawn in a box of this many units each way. */
const BOX = 24
const STROKE_WIDTH = 2.4
/** A tile under the shape, since nobody tells a service worker whether the toolbar is light or dark. */
const TILES: Readonly<Record<IconChoice['tone'], string>> = {
  quiet: '#6A655D',
  voice: '#B4451F',
  warn: '#8A5A00',
  error: '#A3222F',
}
const PAPER = '#FBFAF7'
const SIGHT = '#1F6F8B'
/** The eye in the corner, units of the box: its lid and its pupil. */
const EYE_LID = 'M12.5 19.5a6 6 0 0 1 10.5 0a6 6 0 0 1-10.5 0Z'
const EYE_PUPIL = 'M17.75 18a1.5 1.5 0 1 0 0 3a1.5 1.5 0 1 0 0-3Z'

/** Draws the toolbar icon, by size in pixels. */
export function drawIcon(choice: IconChoice): Record<number, ImageData> {
  return Object.fromEntries(SIZES.map((size) => [size, draw(choice, size)]))
}

function draw({ shape, eye, tone }: IconChoice, size: number): ImageData {
  const drawing = new OffscreenCanvas(size, size).getContext('2d')
  if (drawing === null) throw new Error('no canvas to draw on')
  drawing.scale(size / BOX, size / BOX)
  drawing.fillStyle = TILES[tone]
  drawing.beginPath()
  drawing.roundRect(0, 0, BOX, BOX, 5)
  drawing.fill()
  const { fill, stroke, dash } = STATE_SHAPES[shape]
  drawing.fillStyle = PAPER
  drawing.strokeStyle = PAPER
  drawing.lineWidth = STROKE_WIDTH
  drawing.lineCap = 'round'
  drawing.setLineDash(dash === undefined ? [] : [...dash])
  if (fill !== undefined) drawing.fill(new Path2D(fill))
  if (stroke !== undefined) drawing.stroke(new Path2D(stroke))
  if (eye) drawEye(drawing)
  return drawing.getImageData(0, 0, size, size)
}

function drawEye(drawing: OffscreenCanvasRenderingContext2D): void {
  drawing.setLineDash([])
  drawing.strokeStyle = PAPER
  drawing.fillStyle = SIGHT
  drawing.lineWidth = 2
  const lid = new Path2D(EYE_LID)
  drawing.stroke(lid)
  drawing.fill(lid)
  drawing.fillStyle = PAPER
  drawing.fill(new Path2D(EYE_PUPIL))
}
