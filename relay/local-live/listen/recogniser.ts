import { floatToPcm16 } from '../../../shared/audio/pcm16.ts'
import { Listener } from './listener.ts'
import { quietCut } from './quiet-cut.ts'

/** Recognition by itself, for tests and tools that want to know what a recording says. */
export interface Recogniser {
  /** Resolves when the models are loaded; `recognise` waits for it by itself. */
  readonly ready: Promise<void>
  /**
   * @param pcm16k mono samples at 16 kHz, −1…1, of any length
   * @returns the words as the model writes them: English, capitals and punctuation without guarantee
   * @throws {WorkerUnavailable} when the models cannot be loaded
   */
  recognise(pcm16k: Float32Array): Promise<string>
  close(): Promise<void>
}

/** Starts a worker of its own (about 0.5 GB, 1–3 s to load); close it. */
export function createRecogniser(): Recogniser {
  const listener = new Listener(() => undefined)
  const stream = listener.open()
  const closed = new AbortController()
  return {
    ready: listener.ready,
    async recognise(pcm16k) {
      await listener.ready
      const texts: string[] = []
      for (let rest = floatToPcm16(pcm16k); rest.length > 0;) {
        const length = quietCut(rest)
        const piece = rest.slice(0, length)
        rest = rest.subarray(length)
        texts.push(await stream.recognise(piece, { speculative: false, signal: closed.signal }))
      }
      return texts.filter((text) => text !== '').join(' ')
    },
    async close() {
      closed.abort()
      await listener.close()
    },
  }
}
