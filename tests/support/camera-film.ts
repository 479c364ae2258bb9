import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const WIDTH = 640
const HEIGHT = 480
const FRAMES = 10

/** A colour as Y, Cb and Cr of full range. */
type Colour = readonly [y: number, cb: number, cr: number]
const RED: Colour = [76, 85, 255]
const BLUE: Colour = [29, 255, 107]

/** A film for a camera that sees red at its left and blue at its right; deleted when the test ends. @returns its path */
export async function filmRedAndBlue(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'aside-film-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const path = join(directory, 'red-and-blue.y4m')
  const planes = [0, 1, 2].map((plane) => planeOf(plane, plane === 0 ? 1 : 2))
  const frame = Buffer.concat([Buffer.from('FRAME\n'), ...planes])
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420jpeg\n`)
  await writeFile(path, Buffer.concat([head, ...Array.from({ length: FRAMES }, () => frame)]))
  return path
}

/** One of the planes of a 4:2:0 picture. @param shrink 2: it has a value for every second pixel each way */
function planeOf(plane: number, shrink: number): Buffer {
  const width = WIDTH / shrink
  const row = Buffer.alloc(width, RED[plane])
  row.fill(BLUE[plane]!, width / 2)
  return Buffer.concat(Array.from({ length: HEIGHT / shrink }, () => row))
}
