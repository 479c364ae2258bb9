import { type Metrics } from '../metrics.ts'
import { type Farewell, type Phase } from './farewell.ts'
import { Handover, type HandoverTimes, type MoveReason } from './handover.ts'
import {
  LiveConnectError,
  type LiveConnection,
  type LiveConnectOptions,
  type LiveEvent,
  type LiveModel,
} from './live-model.ts'

/** Everything the brain says but its goodbye. */
export type BrainEvent = Exclude<LiveEvent, { type: 'closed' }>

export interface CallTimes extends HandoverTimes {
  /** A connection that lived this long, ms, was healthy. */
  readonly healthyMs: number
  /** How long an old connection may take to be gone before the next is opened, ms. */
  readonly closeWaitMs: number
}

export interface LiveCallParts {
  readonly model: LiveModel
  readonly options: Omit<LiveConnectOptions, 'onEvent' | 'signal'>
  readonly onUp: (connection: LiveConnection) => void
  readonly onEvent: (event: BrainEvent) => void
  /** Told before the event of the same. */
  readonly onResumption: (event: Extract<BrainEvent, { type: 'resumption' }>) => void
  /** It has lived long enough to be called healthy. */
  readonly onHealthy: () => void
  /** It is over: nothing more is sent to it. Called only after `onUp`, before the connection is closed. */
  readonly onDown: (end: CallEnd) => void
  readonly isIdle: () => boolean
  readonly canResume: () => boolean
  readonly isOutdated: () => boolean
  readonly times: CallTimes
  readonly metrics: Metrics
  /** Hangs up; `onDown` is not called then. */
  readonly signal: AbortSignal
}

export interface FarewellEnd {
  readonly type: 'farewell'
  readonly farewell: Farewell
  readonly phase: Phase
  readonly usedHandle: boolean
  /** It had lived for a while. */
  readonly isHealthy: boolean
}

export type CallEnd =
  /** The brain hung up, refused or did not answer. */
  | FarewellEnd
  /** We left, to go on elsewhere. */
  | { readonly type: 'moved'; readonly why: MoveReason }
  /** We left because it was of no use any more; it was asked to by {@link LiveCall.replace}. */
  | { readonly type: 'replaced'; readonly reason: string }
  | { readonly type: 'aborted' }

/** One connection to the brain, from dialling until its socket is gone. */
export class LiveCall {
  readonly #parts: LiveCallParts
  readonly #ended = Promise.withResolvers<CallEnd>()
  readonly #lifetime = new AbortController()
  #handover: Handover | undefined
  #isHealthy = false

  constructor(parts: LiveCallParts) {
    this.#parts = parts
  }

  /** Leaves a connection that is of no use any more. Does nothing before it is up. */
  replace(reason: string): void {
    if (this.#handover !== undefined) this.#ended.resolve({ type: 'replaced', reason })
  }

  /** Settings changed: it is left at the next pause, if they still differ then from what it was asked with. */
  settingsChanged(): void {
    this.#handover?.settingsChanged()
  }

  /** Leaves now for a connection with other settings, also before it is up. */
  move(): void {
    this.#ended.resolve({ type: 'moved', why: 'changed' })
  }

  /** @returns how it ended, after the socket has closed or `closeWaitMs` */
  async run(): Promise<CallEnd> {
    const { signal } = this.#parts
    const onAbort = () => this.#ended.resolve({ type: 'aborted' })
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
    try {
      const connection = await this.#dial()
      return connection === undefined ? await this.#ended.promise : await this.#live(connection)
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#lifetime.abort()
    }
  }

  /** @returns undefined when there is no connection: `#ended` says why */
  async #dial(): Promise<LiveConnection | undefined> {
    const { model, options, onEvent, metrics } = this.#parts
    const startedAtMs = performance.now()
    const connecting = model.connect({
      ...options,
      signal: this.#lifetime.signal,
      // Speech is nine of ten events, and concerns nobody here.
      onEvent: (event) => (event.type === 'audio' ? onEvent(event) : this.#take(event)),
    })
    void this.#ended.promise.then(() => this.#handover === undefined && this.#lifetime.abort())
    try {
      const connection = await connecting
      metrics.upstreamConnected(options.handle === undefined ? 'new' : 'resumed', performance.now() - startedAtMs)
      return connection
    } catch (error) {
      if (!(error instanceof LiveConnectError)) throw error
      if (!this.#parts.signal.aborted) metrics.upstreamConnected('failed', performance.now() - startedAtMs)
      this.#farewell(error, 'setup')
      return undefined
    }
  }

  async #live(connection: LiveConnection): Promise<CallEnd> {
    const { onUp, onDown, onHealthy, isIdle, canResume, isOutdated, times, metrics } = this.#parts
    const onMove = (why: MoveReason) => this.#ended.resolve({ type: 'moved', why })
    const handover = new Handover({ isIdle, canResume, isOutdated, onMove, times })
    this.#handover = handover
    if (isOutdated()) handover.settingsChanged()
    const healthTimer = setTimeout(() => {
      this.#isHealthy = true
      onHealthy()
    }, times.healthyMs)
    if (!this.#parts.signal.aborted) onUp(connection)
    const end = await this.#ended.promise
    clearTimeout(healthTimer)
    handover.stop()
    if (end.type !== 'aborted') onDown(end)
    connection.close()
    await soon(connection.closed, times.closeWaitMs)
    metrics.upstreamClosed(end.type === 'farewell' ? end.farewell.code : 1000)
    return end
  }

  #take(event: LiveEvent): void {
    if (event.type === 'closed') {
      this.#farewell(event, 'live')
      return
    }
    const { onResumption, onEvent } = this.#parts
    if (event.type === 'goAway') this.#handover?.goAway(event.timeLeftMs)
    else if (event.type === 'resumption') onResumption(event)
    onEvent(event)
  }

  #farewell({ code, reason }: Farewell, phase: Phase): void {
    const usedHandle = this.#parts.options.handle !== undefined
    this.#ended.resolve({ type: 'farewell', farewell: { code, reason }, phase, usedHandle, isHealthy: this.#isHealthy })
  }
}

/** Resolves with `promise`, or after `limitMs`. */
async function soon(promise: Promise<void>, limitMs: number): Promise<void> {
  const limit = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => limit.resolve(undefined), limitMs)
  await Promise.race([promise, limit.promise])
  clearTimeout(timer)
}
