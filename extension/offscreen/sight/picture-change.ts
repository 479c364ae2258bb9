/** Pictures are compared as grey thumbnails of this size, pixels each way. */
export const THUMBNAIL_SIZE = 32

/** A cell that moved by less is a caret blinking or the noise of JPEG, of 255. */
const NOTICEABLE_STEP = 8
/** Cells that have to differ: one cell is a blinking cursor in a busy corner. */
const NOTICEABLE_CELLS = 2

/** Whether a person would say that something changed between two thumbnails (one grey byte a cell). */
export function isChanged(before: Uint8Array | undefined, after: Uint8Array): boolean {
  if (before?.length !== after.length) return true
  let cells = 0
  for (const [index, grey] of after.entries()) {
    if (Math.abs(grey - (before[index] ?? 0)) >= NOTICEABLE_STEP) cells++
  }
  return cells >= NOTICEABLE_CELLS
}

/** @param rgba pixels of a thumbnail, 4 bytes each */
export function greyOf(rgba: Uint8ClampedArray): Uint8Array<ArrayBuffer> {
  const grey = new Uint8Array(rgba.length / 4)
  for (let cell = 0; cell < grey.length; cell++) {
    const [red = 0, green = 0, blue = 0] = rgba.subarray(cell * 4, cell * 4 + 3)
    grey[cell] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue)
  }
  return grey
}
