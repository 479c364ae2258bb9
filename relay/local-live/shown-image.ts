/** What can be known of a picture without a model of sight. */
export interface ShownImage {
  readonly kind: 'JPEG' | 'PNG' | 'WebP'
  /** Pixels. */
  readonly width: number
  readonly height: number
}

/** JPEG frame headers: every SOF but the tables DHT (C4), JPG (C8) and DAC (CC) in between. */
const SOF_MARKERS = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf])

/** Reads the size from the file itself. @returns undefined for what is no JPEG, PNG or WebP picture */
export function inspectImage(file: Uint8Array): ShownImage | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  try {
    return readJpeg(view) ?? readPng(view) ?? readWebp(view)
  } catch (error) {
    // A header that ends early.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function readJpeg(view: DataView): ShownImage | undefined {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return undefined
  for (let at = 2; at + 4 <= view.byteLength;) {
    if (view.getUint8(at) !== 0xff) return undefined
    const marker = view.getUint8(at + 1)
    if (SOF_MARKERS.has(marker)) return sized('JPEG', view.getUint16(at + 7), view.getUint16(at + 5))
    // Fill bytes and markers without a segment.
    if (marker === 0xff) at += 1
    else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2
    else at += 2 + view.getUint16(at + 2)
  }
  return undefined
}

function readPng(view: DataView): ShownImage | undefined {
  if (view.byteLength < 24 || view.getUint32(0) !== 0x89504e47 || textAt(view, 12) !== 'IHDR') return undefined
  return sized('PNG', view.getUint32(16), view.getUint32(20))
}

function readWebp(view: DataView): ShownImage | undefined {
  if (view.byteLength < 30 || textAt(view, 0) !== 'RIFF' || textAt(view, 8) !== 'WEBP') return undefined
  switch (textAt(view, 12)) {
    case 'VP8 ':
      return sized('WebP', view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff)
    case 'VP8L': {
      const bits = view.getUint32(21, true)
      return sized('WebP', (bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1)
    }
    case 'VP8X':
      return sized('WebP', threeBytes(view, 24) + 1, threeBytes(view, 27) + 1)
    default:
      return undefined
  }
}

function sized(kind: ShownImage['kind'], width: number, height: number): ShownImage | undefined {
  return width > 0 && height > 0 ? { kind, width, height } : undefined
}

function threeBytes(view: DataView, at: number): number {
  return view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
}

function textAt(view: DataView, at: number): string {
  return String.fromCharCode(...Array.from({ length: 4 }, (_, index) => view.getUint8(at + index)))
}
