import { type SightRequest } from '../../messaging/messages.ts'
import { type SightSettings, type SightSource } from '../../messaging/voice-settings.ts'
import { type SharingProblem, type SharingState } from '../../messaging/voice-state.ts'
import { type FrameEncoder } from './frame-encoder.ts'
import { type OpenSource } from './open-source.ts'
import { PersonSpeaking } from './person-speaking.ts'
import { type ShownPicture, Showing } from './showing.ts'

/** With `speaking`, pictures are sent until nobody has spoken for this long: a question often has an afterthought. */
const AFTER_SPEECH_MS = 3000
/** Until the first conversation tells what the person chose. */
const FIRST_SETTINGS: SightSettings = { width: 1024, quality: 0.7, pace: 'changes' }

/** What left, and was shown in the panel. */
export interface SentPicture extends ShownPicture {
  readonly source: SightSource
}

export interface SightOptions {
  readonly openSource: OpenSource
  readonly encoder: Pick<FrameEncoder, 'encode'>
  /** @returns whether it left */
  readonly send: (picture: SentPicture) => boolean
  /** What is shown now, or why nothing is. */
  readonly onChange: (sharing: SharingState) => void
}

/** What a person shows: one source at a time, at most one picture a second. */
export class Sight {
  readonly #options: SightOptions
  readonly #speaking = new PersonSpeaking()
  #settings = FIRST_SETTINGS
  #sharing: AbortController | undefined
  #showing: Showing | undefined

  constructor(options: SightOptions) {
    this.#options = options
  }

  /** What a person changed holds from the next picture on, and there is one soon. */
  apply(settings: SightSettings): void {
    this.#settings = settings
    this.#showing?.anew()
  }

  /** Shows something; what was shown before is shown no longer. */
  share(request: SightRequest): void {
    this.#end()
    const sharing = new AbortController()
    this.#sharing = sharing
    const { source } = request
    const isDevice = source === 'camera' || source === 'screen'
    this.#options.onChange({ source, ...(isDevice ? { waiting: 'opening' } : {}) })
    void this.#show(request, sharing.signal).then((problem) => {
      if (sharing.signal.aborted) return
      this.#end()
      this.#options.onChange(problem === undefined ? {} : { problem })
    })
  }

  /** Not a single picture leaves after this. */
  stop(): void {
    this.#end()
    this.#options.onChange({})
  }

  /** The microphone's loudness, frame by frame, 0–1. */
  hear(level: number): void {
    const wasQuiet = this.#isQuiet()
    this.#speaking.hear(level, performance.now())
    if (wasQuiet && !this.#isQuiet()) this.#showing?.wake()
  }

  /** The person wrote something, which is as good as having said it. */
  wrote(): void {
    this.#speaking.wrote(performance.now())
    this.#showing?.wake()
  }

  /** @returns why it is over; undefined when the person ended it */
  async #show(request: SightRequest, signal: AbortSignal): Promise<SharingProblem | undefined> {
    const { openSource, encoder, send, onChange } = this.#options
    const { source } = request
    const opening = await openSource(request, this.#settings.width, signal)
    if (!opening.ok) return opening.problem
    if (signal.aborted) return undefined
    onChange({ source })
    this.#showing = new Showing(
      {
        source: opening.source,
        encode: (picture) =>
          encoder.encode({ ...picture, width: this.#settings.width, quality: this.#settings.quality }),
        isQuiet: () => this.#settings.pace === 'speaking' && this.#isQuiet(),
        send: (picture) => send({ ...picture, source }),
        onWaiting: (waiting) => onChange({ source, ...(waiting === undefined ? {} : { waiting }) }),
      },
      signal,
    )
    return this.#showing.run()
  }

  #isQuiet(): boolean {
    return this.#speaking.quietForMs(performance.now()) > AFTER_SPEECH_MS
  }

  #end(): void {
    this.#sharing?.abort()
    this.#sharing = undefined
    this.#showing = undefined
  }
}
