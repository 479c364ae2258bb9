/** A picture as the ledger shows it. */
export interface Thumbnail {
  /** Of the picture itself, pixels. */
  readonly width: number
  readonly height: number
  /** JPEG, at most 160 pixels wide. */
  readonly thumbnail: Uint8Array<ArrayBuffer>
}

/** @returns undefined when the picture cannot be read: it is then written down without one */
export type MakeThumbnail = (jpeg: Uint8Array<ArrayBuffer>) => Promise<Thumbnail | undefined>

/** A worker that takes longer than this hangs, ms; the picture waits for it. */
const TIMEOUT_MS = 2000

/** Makes thumbnails in a worker: the offscreen document itself would take a second for each. */
export function createThumbnails(): MakeThumbnail {
  let worker: Worker | undefined
  let newest: Promise<unknown> = Promise.resolve()

  async function make(jpeg: Uint8Array<ArrayBuffer>): Promise<Thumbnail | undefined> {
    worker ??= new Worker(new URL('./thumbnail-worker.ts', import.meta.url), { type: 'module' })
    const answering = answerOf(worker)
    worker.postMessage(jpeg)
    return answering
  }

  return (jpeg) => {
    const made = newest.then(() => make(jpeg))
    newest = made
    return made
  }
}

/** Never rejects. */
function answerOf(worker: Worker): Promise<Thumbnail | undefined> {
  const { promise, resolve } = Promise.withResolvers<Thumbnail | undefined>()
  const timer = setTimeout(() => resolve(undefined), TIMEOUT_MS)
  worker.onmessage = (event: MessageEvent<Thumbnail | undefined>) => resolve(event.data)
  worker.onerror = () => resolve(undefined)
  return promise.finally(() => clearTimeout(timer))
}
