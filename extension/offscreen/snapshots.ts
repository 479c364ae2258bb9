import { type Answer, type PageSnapshot } from '../messaging/messages.ts'
import { type SharingState } from '../messaging/voice-state.ts'
import { type EncodedPicture, type EncodeRequest } from './encoded-picture.ts'
import { isChanged } from './picture-change.ts'

/** Chrome allows two captures a second; a model looks at one. */
const INTERVAL_MS = 1000
/** A page that stands still is shown again after this long, so that the model does not think it is gone. */
const REPEAT_MS = 5000
/** A window that is being resized or minimised fails once or twice. */
const MAX_FAILURES = 5

type SharingProblem = NonNullable<SharingState['problem']>

export interface SnapshotOptions {
  /** Asks the background: pictures are taken nowhere else. */
  readonly captureTab: (request: { tabId?: number }) => Promise<Answer<PageSnapshot>>
  readonly encode: (request: EncodeRequest) => Promise<EncodedPicture>
  /** @returns whether it was sent */
  readonly send: (jpeg: Uint8Array, capturedAtMs: number) => boolean
  /** Shows exactly what was sent. */
  readonly preview: (jpeg: ArrayBuffer) => void
  /** Sharing ended by itself. */
  readonly onStopped: (problem: SharingProblem) => void
}

/**
 * Shares the picture of one tab, once a second, as long as it is in front and shows the same site. Its clock ticks here
 * and not in the service worker, which would fall asleep.
 */
export class Snapshots {
  readonly #options: SnapshotOptions
  #sharing: AbortController | undefined

  constructor(options: SnapshotOptions) {
    this.#options = options
  }

  /** Shares the tab that is in front now. */
  start(): void {
    if (this.#sharing !== undefined) return
    const sharing = new AbortController()
    this.#sharing = sharing
    const share = new Share(this.#options, sharing.signal, (problem) => {
      this.stop()
      this.#options.onStopped(problem)
    })
    void share.tick()
    const timer = setInterval(() => void share.tick(), INTERVAL_MS)
    sharing.signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  }

  /** Not a single picture leaves after this. */
  stop(): void {
    this.#sharing?.abort()
    this.#sharing = undefined
  }
}

/** One tab being shared. */
class Share {
  readonly #options: SnapshotOptions
  readonly #signal: AbortSignal
  readonly #end: (problem: SharingProblem) => void
  #page: { readonly tabId: number; readonly origin: string } | undefined
  #busy = false
  #failures = 0
  #sentThumbnail: Uint8Array | undefined
  #sentAtMs = -Infinity

  constructor(options: SnapshotOptions, signal: AbortSignal, end: (problem: SharingProblem) => void) {
    this.#options = options
    this.#signal = signal
    this.#end = end
  }

  /** One picture; while one is being made, the tick is left out. */
  async tick(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      const problem = await this.#take()
      if (problem !== undefined && !this.#signal.aborted) this.#end(problem)
    } catch {
      // The service worker ended in the middle, or the picture cannot be read: there will be another in a second.
      if (this.#failedTooOften() && !this.#signal.aborted) this.#end('capture-failed')
    } finally {
      this.#busy = false
    }
  }

  async #take(): Promise<SharingProblem | undefined> {
    const capturedAtMs = Date.now()
    const answer = await this.#options.captureTab(this.#page === undefined ? {} : { tabId: this.#page.tabId })
    if (!answer.ok) return this.#problemOf(answer.code)
    const { value } = answer
    const { origin } = new URL(value.url)
    this.#page ??= { tabId: value.tabId, origin }
    // Another site in the same tab is not what was shared.
    if (this.#page.origin !== origin) return 'permission-needed'
    const picture = await this.#options.encode(value)
    this.#failures = 0
    if (!this.#signal.aborted) this.#offer(picture, capturedAtMs)
    return undefined
  }

  #offer(picture: EncodedPicture, capturedAtMs: number): void {
    const isOld = capturedAtMs - this.#sentAtMs >= REPEAT_MS
    if (!isOld && !isChanged(this.#sentThumbnail, picture.thumbnail)) return
    if (!this.#options.send(new Uint8Array(picture.jpeg), capturedAtMs)) return
    this.#sentThumbnail = picture.thumbnail
    this.#sentAtMs = capturedAtMs
    this.#options.preview(picture.jpeg)
  }

  #problemOf(code: string): SharingProblem | undefined {
    switch (code) {
      // The tab is in the background, or changed while it was captured: nothing of it is shown now.
      case 'tab-not-in-front':
      case 'page-changed':
        return undefined
      case 'permission-needed':
      case 'page-not-capturable':
        return code
      default:
        return this.#failedTooOften() ? 'capture-failed' : undefined
    }
  }

  #failedTooOften(): boolean {
    return ++this.#failures >= MAX_FAILURES
  }
}
