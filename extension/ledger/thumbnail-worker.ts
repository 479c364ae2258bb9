import { type Thumbnail } from './thumbnail.ts'

/** Enough to recognise what was shown, pixels. */
const WIDTH = 160
const QUALITY = 0.6

self.addEventListener('message', (event: MessageEvent<Uint8Array<ArrayBuffer>>) => {
  void makeThumbnail(event.data).then(
    (thumbnail) => self.postMessage(thumbnail),
    () => self.postMessage(undefined),
  )
})

async function makeThumbnail(jpeg: Uint8Array<ArrayBuffer>): Promise<Thumbnail> {
  const picture = await createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' }))
  const { width, height } = picture
  const scale = Math.min(1, WIDTH / width)
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)))
  const drawing = canvas.getContext('2d')
  if (drawing === null) throw new Error('no canvas to draw on')
  drawing.imageSmoothingQuality = 'high'
  drawing.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY })
  return { width, height, thumbnail: new Uint8Array(await blob.arrayBuffer()) }
}
