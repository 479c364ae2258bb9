import { randomUUID } from 'node:crypto'
import { SPEECH_RATE_HZ, pcmDurationMs } from '../../shared/audio/audio-format.ts'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { causeOf, type Cause } from './farewell.ts'
import { LiveConnectError, type LiveEvent, type LiveModel, type LiveTokens } from './live-model.ts'
import { type LiveRoutes } from './live-routes.ts'

export interface SampleRequest {
  readonly voice: string
  /** The operator's first that works unless given. */
  readonly model?: string
  /** BCP 47. */
  readonly language?: string
  /** So many bytes of speech came. */
  readonly onSpeech: (bytes: number) => void
  /** What it took; told last, and perhaps after the speech was returned. */
  readonly onTokens: (tokens: LiveTokens) => void
  /** Hangs up. */
  readonly signal: AbortSignal
}

export type Sample = {
  /** Resolves when nothing more is counted. Never rejects. */
  readonly over: Promise<void>
} & (
  | {
      readonly ok: true
      /** PCM16 mono little-endian 24 kHz, at most 10 s. */
      readonly pcm: Buffer
    }
  | {
      readonly ok: false
      /** Why, and the brain's own words. */
      readonly cause: Cause
      readonly reason: string
    }
)

/** From dialling to the last sound, ms. */
const LIMIT_MS = 10_000

/** Longest speech, ms. */
const MAX_SPEECH_MS = 10_000

/** Said the same way to every brain, so that voices can be compared. */
const SENTENCE = 'Repeat after me: Hello. This is how I sound when we talk.'

const MANNERS =
  'Say only what you are asked to repeat, word for word, or translated where another language is wished for.'

/** Has the brain say a short sentence in a voice, over one connection that is closed afterwards. Rejects for a bug of ours only. */
export async function speakSample(model: LiveModel, routes: LiveRoutes, request: SampleRequest): Promise<Sample> {
  const { voice, language } = request
  const route = routes.choose(request.model === undefined ? routes.models : [request.model])
  if (route === undefined) return failed('service', routes.lastFailure?.reason ?? 'it is not called for a while')
  const recording = new Recording(request)
  try {
    const connection = await model.connect({
      apiKey: route.key.value,
      model: route.model,
      voice,
      setup: withoutUndefined({ language, persona: MANNERS }),
      history: [],
      onEvent: (event) => recording.take(event),
      signal: recording.signal,
    })
    routes.worked(route)
    connection.sendText(SENTENCE)
  } catch (error) {
    const isLate = recording.signal.aborted
    recording.stop()
    if (!(error instanceof LiveConnectError)) throw error
    if (request.signal.aborted) return failed('line', error.reason)
    const cause = isLate ? 'silence' : causeOf(error, 'setup', false)
    routes.failed(route, cause, randomUUID(), 'setup', error)
    return failed(cause, isLate ? `it took longer than ${LIMIT_MS / 1000} s` : error.reason)
  }
  const pcm = await recording.spoken
  return pcm.length > 0 ? { ok: true, pcm, over: recording.over } : failed('silence', recording.lastWords)
}

function failed(cause: Cause, reason: string): Sample {
  return { ok: false, cause, reason, over: Promise.resolve() }
}

/** Collects one answer. What it took is told at the end of the turn, some time after the last sound. */
class Recording {
  readonly #request: Pick<SampleRequest, 'onSpeech' | 'onTokens'>
  readonly #chunks: Buffer[] = []
  readonly #spoken = Promise.withResolvers<Buffer>()
  readonly #over = Promise.withResolvers<undefined>()
  readonly #lifetime = new AbortController()
  readonly #timer: NodeJS.Timeout
  #bytes = 0
  #lastWords = 'it said nothing'

  constructor(request: SampleRequest) {
    this.#request = request
    this.#timer = setTimeout(() => this.stop(), LIMIT_MS)
    request.signal.addEventListener('abort', () => this.stop(), { once: true })
    if (request.signal.aborted) this.stop()
  }

  /** Aborts when the connection is of no more use. */
  get signal(): AbortSignal {
    return this.#lifetime.signal
  }

  get spoken(): Promise<Buffer> {
    return this.#spoken.promise
  }

  get over(): Promise<void> {
    return this.#over.promise
  }

  /** The brain's, where it hung up. */
  get lastWords(): string {
    return this.#lastWords
  }

  take(event: LiveEvent): void {
    switch (event.type) {
      case 'audio':
        this.#hear(event.pcm)
        return
      case 'usage':
        this.#request.onTokens(event)
        return
      case 'generationComplete':
        this.#finish()
        return
      case 'turnComplete':
        this.stop()
        return
      case 'closed':
        if (event.reason !== '') this.#lastWords = event.reason
        this.stop()
        return
      default:
    }
  }

  /** Nothing more is wanted of the brain. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#finish()
    this.#lifetime.abort()
    this.#over.resolve(undefined)
  }

  #hear(pcm: Uint8Array): void {
    if (pcmDurationMs(this.#bytes + pcm.byteLength, SPEECH_RATE_HZ) > MAX_SPEECH_MS) {
      this.stop()
      return
    }
    this.#bytes += pcm.byteLength
    this.#chunks.push(Buffer.from(pcm))
    this.#request.onSpeech(pcm.byteLength)
  }

  #finish(): void {
    this.#spoken.resolve(Buffer.concat(this.#chunks))
  }
}
