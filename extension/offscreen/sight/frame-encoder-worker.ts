import {
  type EncodedPicture,
  type EncodeRequest,
  type NumberedAnswer,
  type NumberedRequest,
} from './encoded-picture.ts'
import { greyOf, THUMBNAIL_SIZE } from './picture-change.ts'
import { isSameSize, pictureSize, rectangleOf, type Size } from './picture-size.ts'

/** The relay takes 256 KiB; this leaves room and keeps a slow line free for the voice, bytes. */
const MAX_JPEG_BYTES = 200 * 1024
/** Each try is this much coarser than the one before. */
const COARSER = 0.75
const MIN_QUALITY = 0.15
/** Scaling blends neighbours: a cover reaches this far over the edge of what it hides, pixels of the capture. */
const COVER_MARGIN = 2

// A worker of its own: in the offscreen document itself, encoding waits a second for an idle moment that never comes.
self.addEventListener('message', ({ data: { number, request } }: MessageEvent<NumberedRequest>) => {
  void encode(request).then(
    (picture) => answer({ number, ok: true, picture }, [picture.jpeg]),
    (error: unknown) => answer({ number, ok: false, message: String(error) }),
  )
})

function answer(message: NumberedAnswer, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer })
}

async function encode(request: EncodeRequest): Promise<EncodedPicture> {
  const masked = await maskedCanvas(request)
  const whole = { x: 0, y: 0, width: 1, height: 1 }
  const part = rectangleOf(request.area ?? whole, masked)
  const { canvas: size, content } = pictureSize(part, request.width)
  const canvas = new OffscreenCanvas(size.width, size.height)
  const drawing = drawingOn(canvas)
  drawing.drawImage(masked, part.x, part.y, part.width, part.height, 0, 0, content.width, content.height)
  return { jpeg: await smallEnough(canvas, request.quality), thumbnail: thumbnailOf(canvas) }
}

/** The picture at its full size with its secrets covered: nothing after this has seen them. */
async function maskedCanvas({ image, secrets, viewport }: EncodeRequest): Promise<OffscreenCanvas> {
  const picture = typeof image === 'string' ? await createImageBitmap(blobOf(image)) : image
  try {
    const size = sizeOf(picture)
    if (secrets.length > 0 && !(viewport !== undefined && isSameSize(size, viewport))) {
      throw new Error('the covers would not fit the picture')
    }
    const canvas = new OffscreenCanvas(size.width, size.height)
    const drawing = drawingOn(canvas)
    drawing.drawImage(picture, 0, 0)
    drawing.fillStyle = 'black'
    for (const secret of secrets) {
      const { x, y, width, height } = rectangleOf(secret, size)
      drawing.fillRect(x - COVER_MARGIN, y - COVER_MARGIN, width + 2 * COVER_MARGIN, height + 2 * COVER_MARGIN)
    }
    return canvas
  } finally {
    picture.close()
  }
}

function sizeOf(picture: ImageBitmap | VideoFrame): Size {
  if ('displayWidth' in picture) return { width: picture.displayWidth, height: picture.displayHeight }
  return { width: picture.width, height: picture.height }
}

/** By hand, since the content security policy lets nothing be fetched from a `data:` address. */
function blobOf(dataUrl: string): Blob {
  const [head = '', body = ''] = dataUrl.split(',', 2)
  const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0))
  return new Blob([bytes], { type: head.slice('data:'.length).split(';')[0] ?? '' })
}

/** A busy picture is sent coarser, and in the end smaller, rather than not at all. */
async function smallEnough(canvas: OffscreenCanvas, quality: number): Promise<ArrayBuffer> {
  for (let tried = quality; tried >= MIN_QUALITY; tried *= COARSER) {
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: tried })
    if (blob.size <= MAX_JPEG_BYTES) return blob.arrayBuffer()
  }
  const { canvas: size } = pictureSize(canvas, Math.round(canvas.width / 2))
  if (size.width === canvas.width) throw new Error('the picture does not get small enough')
  const smaller = new OffscreenCanvas(size.width, size.height)
  drawingOn(smaller).drawImage(canvas, 0, 0, size.width, size.height)
  return smallEnough(smaller, quality)
}

function thumbnailOf(canvas: OffscreenCanvas): Uint8Array<ArrayBuffer> {
  const drawing = drawingOn(new OffscreenCanvas(THUMBNAIL_SIZE, THUMBNAIL_SIZE))
  drawing.drawImage(canvas, 0, 0, THUMBNAIL_SIZE, THUMBNAIL_SIZE)
  return greyOf(drawing.getImageData(0, 0, THUMBNAIL_SIZE, THUMBNAIL_SIZE).data)
}

function drawingOn(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const drawing = canvas.getContext('2d')
  if (drawing === null) throw new Error('no canvas to draw on')
  drawing.imageSmoothingQuality = 'high'
  return drawing
}
