export interface JpegSize {
  readonly width: number
  readonly height: number
}

/** Markers that begin a frame header: SOF0–SOF15 without DHT, JPG and DAC (ITU T.81, table B.1). */
const FRAME_MARKERS: ReadonlySet<number> = new Set([
  0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf,
])

/**
 * Reads width and height from a JPEG's frame header without decoding it. Never throws.
 *
 * @returns undefined when there is no frame header where one must be
 */
export function jpegSize(bytes: Uint8Array): JpegSize | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let offset = 2
  // Each step passes one segment: a marker of two bytes and its length, which counts itself.
  while (offset + 9 <= bytes.byteLength && view.getUint8(offset) === 0xff) {
    const marker = view.getUint8(offset + 1)
    if (FRAME_MARKERS.has(marker)) return { height: view.getUint16(offset + 5), width: view.getUint16(offset + 7) }
    // A fill byte before the marker proper (B.1.1.2).
    if (marker === 0xff) offset += 1
    else offset += 2 + Math.max(2, view.getUint16(offset + 2))
  }
  return undefined
}
