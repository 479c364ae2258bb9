import { type EncodeAnswer, type EncodedPicture, type EncodeRequest } from './encoded-picture.ts'
import { greyOf, THUMBNAIL_SIZE } from './picture-change.ts'
import { coverOf, isSameSize, pictureSize } from './picture-size.ts'

/** The relay takes 256 KiB; this leaves room and keeps a slow line free for the voice, bytes. */
const MAX_JPEG_BYTES = 200 * 1024
const QUALITIES = [0.8, 0.65, 0.5, 0.35, 0.2]

// A worker of its own: in the offscreen document itself, encoding waits a second for an idle moment that never comes.
self.addEventListener('message', (event: MessageEvent<EncodeRequest>) => {
  void encode(event.data).then(
    (picture) => answer({ ok: true, ...picture }, [picture.jpeg]),
    (error: unknown) => answer({ ok: false, message: String(error) }),
  )
})

function answer(message: EncodeAnswer, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer })
}

async function encode({ dataUrl, secrets, viewport }: EncodeRequest): Promise<EncodedPicture> {
  const capture = await createImageBitmap(blobOf(dataUrl))
  if (secrets.length > 0 && !isSameSize(capture, viewport)) throw new Error('the covers would not fit the picture')
  const { canvas: size, content } = pictureSize(capture)
  const canvas = new OffscreenCanvas(size.width, size.height)
  const drawing = drawingOn(canvas)
  drawing.imageSmoothingQuality = 'high'
  drawing.drawImage(capture, 0, 0, content.width, content.height)
  capture.close()
  drawing.fillStyle = 'black'
  for (const area of secrets) {
    const cover = coverOf(area, content)
    drawing.fillRect(cover.x, cover.y, cover.width, cover.height)
  }
  return { jpeg: await smallEnough(canvas), thumbnail: thumbnailOf(canvas) }
}

/** By hand, since the content security policy lets nothing be fetched from a `data:` address. */
function blobOf(dataUrl: string): Blob {
  const [head = '', body = ''] = dataUrl.split(',', 2)
  const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0))
  return new Blob([bytes], { type: head.slice('data:'.length).split(';')[0] ?? '' })
}

async function smallEnough(canvas: OffscreenCanvas): Promise<ArrayBuffer> {
  for (const quality of QUALITIES) {
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality })
    if (blob.size <= MAX_JPEG_BYTES) return blob.arrayBuffer()
  }
  throw new Error('the picture does not get small enough')
}

function thumbnailOf(canvas: OffscreenCanvas): Uint8Array<ArrayBuffer> {
  const drawing = drawingOn(new OffscreenCanvas(THUMBNAIL_SIZE, THUMBNAIL_SIZE))
  drawing.imageSmoothingQuality = 'high'
  drawing.drawImage(canvas, 0, 0, THUMBNAIL_SIZE, THUMBNAIL_SIZE)
  return greyOf(drawing.getImageData(0, 0, THUMBNAIL_SIZE, THUMBNAIL_SIZE).data)
}

function drawingOn(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const drawing = canvas.getContext('2d')
  if (drawing === null) throw new Error('no canvas to draw on')
  return drawing
}
