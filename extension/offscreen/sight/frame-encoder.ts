import {
  type EncodedPicture,
  type EncodeRequest,
  type NumberedAnswer,
  type NumberedRequest,
} from './encoded-picture.ts'

/** Turns pictures of a source into what is sent: masked, cut out, scaled down, JPEG. Rejects when it cannot. */
export class FrameEncoder {
  #worker: Worker | undefined
  #newest = 0
  readonly #waiting = new Map<number, PromiseWithResolvers<EncodedPicture>>()

  /** Answers go to who asked for them, also when a source was changed meanwhile. */
  encode(request: EncodeRequest): Promise<EncodedPicture> {
    this.#worker ??= this.#startWorker()
    const number = ++this.#newest
    const answer = Promise.withResolvers<EncodedPicture>()
    this.#waiting.set(number, answer)
    const transfer = typeof request.image === 'string' ? [] : [request.image]
    this.#worker.postMessage({ number, request } satisfies NumberedRequest, transfer)
    return answer.promise
  }

  #startWorker(): Worker {
    const worker = new Worker(new URL('./frame-encoder-worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<NumberedAnswer>) => {
      const answer = this.#waiting.get(data.number)
      this.#waiting.delete(data.number)
      if (data.ok) answer?.resolve(data.picture)
      else answer?.reject(new Error(data.message))
    }
    worker.onerror = (event) => {
      for (const answer of this.#waiting.values()) answer.reject(new Error(event.message))
      this.#waiting.clear()
    }
    return worker
  }
}
