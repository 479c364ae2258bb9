import { type EncodeAnswer, type EncodedPicture, type EncodeRequest } from './encoded-picture.ts'

/** Turns captures into what is sent: masked, scaled down, JPEG. One at a time; rejects when it cannot. */
export class FrameEncoder {
  #worker: Worker | undefined

  encode({ dataUrl, secrets, viewport }: EncodeRequest): Promise<EncodedPicture> {
    this.#worker ??= new Worker(new URL('./frame-encoder-worker.ts', import.meta.url), { type: 'module' })
    const worker = this.#worker
    return new Promise((resolve, reject) => {
      worker.onmessage = (event: MessageEvent<EncodeAnswer>) => {
        if (event.data.ok) resolve(event.data)
        else reject(new Error(event.data.message))
      }
      worker.onerror = (event) => reject(new Error(event.message))
      worker.postMessage({ dataUrl, secrets, viewport } satisfies EncodeRequest)
    })
  }
}
