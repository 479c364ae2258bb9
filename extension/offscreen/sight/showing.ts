import { type SharingProblem, type SharingWait } from '../../messaging/voice-state.ts'
import { type EncodedPicture, type RawPicture } from './encoded-picture.ts'
import { isChanged } from './picture-change.ts'
import { type Look, type SightSource } from './sight-source.ts'

/** Chrome allows two captures a second; a model looks at one. */
const INTERVAL_MS = 1000
/** What stands still is shown again after this long, so that the model does not think it is gone. */
const REPEAT_MS = 5000
/** A window that is being resized, or a page that loads, fails once or twice. */
const MAX_FAILURES = 5

/** A picture as it is sent. */
export interface ShownPicture {
  readonly jpeg: ArrayBuffer
  /** Ms since 1970. */
  readonly capturedAtMs: number
  readonly reason: 'first' | 'changed' | 'repeated'
}

export interface ShowingOptions {
  readonly source: SightSource
  readonly encode: (picture: RawPicture) => Promise<EncodedPicture>
  /** Nobody speaks, and pictures are to be sent only then. */
  readonly isQuiet: () => boolean
  /** @returns whether it left */
  readonly send: (picture: ShownPicture) => boolean
  /** Why nothing is sent at the moment; undefined: something is. */
  readonly onWaiting: (why: SharingWait | undefined) => void
}

type Over = Extract<Look, { name: 'over' }>

/**
 * One source being shown. Its clock ticks here and not in the service worker, which would fall asleep. One picture at a
 * time; what is being made when the signal comes is not sent.
 */
export class Showing {
  readonly #options: ShowingOptions
  readonly #signal: AbortSignal
  #failures = 0
  #sentThumbnail: Uint8Array | undefined
  #sentAtMs = -Infinity
  #waiting: SharingWait | undefined
  #lookedAtMs = -Infinity
  #wake: () => void = () => undefined
  #end: () => void = () => undefined

  constructor(options: ShowingOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  /** Shows until it is over; resolves with the reason, if there is one to tell. */
  async run(): Promise<SharingProblem | undefined> {
    this.#signal.addEventListener('abort', () => this.#end(), { once: true })
    while (!this.#signal.aborted) {
      const startedMs = performance.now()
      const over = await this.#tick(startedMs)
      if (over !== undefined) return over.problem
      await this.#pause(startedMs)
    }
    return undefined
  }

  /** Somebody speaks: the next picture is of this moment, unless the last one almost is. */
  wake(): void {
    this.#wake()
  }

  /** The next picture is sent even if nothing changed. */
  anew(): void {
    this.#sentThumbnail = undefined
    this.#wake()
  }

  async #tick(nowMs: number): Promise<Over | undefined> {
    const { source, isQuiet } = this.#options
    try {
      if (isQuiet()) return this.#after((await source.check()) ?? { name: 'nothing', why: 'quiet' })
      this.#lookedAtMs = nowMs
      return await this.#look()
    } catch {
      // The service worker ended in the middle, or the picture cannot be made: there will be another in a second.
      return this.#after({ name: 'failed' })
    }
  }

  async #look(): Promise<Over | undefined> {
    const capturedAtMs = Date.now()
    const look = await this.#options.source.look()
    if (look.name !== 'picture') return this.#after(look)
    const picture = await this.#options.encode(look.picture)
    this.#failures = 0
    if (this.#signal.aborted) return undefined
    this.#wait(undefined)
    this.#offer(picture, capturedAtMs)
    return undefined
  }

  #offer({ jpeg, thumbnail }: EncodedPicture, capturedAtMs: number): void {
    const reason = this.#reasonFor(thumbnail)
    if (reason === undefined || !this.#options.send({ jpeg, capturedAtMs, reason })) return
    this.#sentThumbnail = thumbnail
    this.#sentAtMs = this.#lookedAtMs
  }

  #reasonFor(thumbnail: Uint8Array): ShownPicture['reason'] | undefined {
    if (this.#sentThumbnail === undefined) return 'first'
    if (isChanged(this.#sentThumbnail, thumbnail)) return 'changed'
    return this.#lookedAtMs - this.#sentAtMs >= REPEAT_MS ? 'repeated' : undefined
  }

  #after(look: Exclude<Look, { name: 'picture' }>): Over | undefined {
    switch (look.name) {
      case 'nothing':
        if (look.why !== undefined) this.#wait(look.why)
        return undefined
      case 'failed':
        return ++this.#failures >= MAX_FAILURES ? { name: 'over', problem: 'capture-failed' } : undefined
      case 'over':
        return look
    }
  }

  #wait(why: SharingWait | undefined): void {
    if (this.#signal.aborted || this.#waiting === why) return
    this.#waiting = why
    this.#options.onWaiting(why)
  }

  /** Until a second has passed since `sinceMs`; somebody who begins to speak waits only for the last picture's second. */
  #pause(sinceMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#signal.aborted) {
        resolve()
        return
      }
      let timer = setTimeout(resolve, sinceMs + INTERVAL_MS - performance.now())
      this.#wake = () => {
        clearTimeout(timer)
        timer = setTimeout(resolve, this.#lookedAtMs + INTERVAL_MS - performance.now())
      }
      this.#end = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
