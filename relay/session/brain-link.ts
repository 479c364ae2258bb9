import { type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { type Logger } from '../logger.ts'
import {
  LiveConnectError,
  type LiveConnection,
  type LiveConnectOptions,
  type LiveEvent,
  type LiveModel,
} from '../live/live-model.ts'

export type BrainState = Omit<ServerMessageOf<'session.state'>, 'type'>

export interface BrainLinkParts {
  readonly model: LiveModel
  /** What to ask of the brain, as of now: asked anew for each attempt. */
  readonly request: () => Promise<Omit<LiveConnectOptions, 'onEvent' | 'signal'>>
  readonly onState: (state: BrainState) => void
  readonly onUp: (connection: LiveConnection) => void
  /** Everything the brain says but its goodbye. */
  readonly onEvent: (event: Exclude<LiveEvent, { type: 'closed' }>) => void
  readonly onDown: () => void
  /** Waits before the second, third, … attempt of a series, ms; after the last it is given up. */
  readonly retryDelaysMs: readonly number[]
  readonly logger: Logger
  /** Ends it: nothing is called afterwards. */
  readonly signal: AbortSignal
}

/** A connection that lived this long, ms, was healthy: its end begins a new series of attempts. */
const HEALTHY_MS = 10_000

/** The brain will not take this conversation whatever we do: an argument it refuses stays refused. */
const REFUSED_FOR_GOOD = 1007

interface Farewell {
  readonly code: number
  readonly reason: string
}

/** Keeps one conversation connected to the brain, and says truthfully how that goes. */
export class BrainLink {
  readonly #parts: BrainLinkParts
  #failures = 0

  constructor(parts: BrainLinkParts) {
    this.#parts = parts
  }

  /** Runs until the signal aborts or the brain is given up; rejects only for a bug of ours. */
  async run(): Promise<void> {
    this.#say({ upstream: 'connecting' })
    while (!this.#isOver()) {
      const farewell = await this.#converse()
      if (this.#isOver() || farewell === undefined) return
      this.#parts.logger.warn({ code: farewell.code, reason: farewell.reason }, 'the brain hung up or did not answer')
      const delayMs = this.#parts.retryDelaysMs[this.#failures++]
      if (delayMs === undefined) {
        this.#say({ upstream: 'failed', ...farewell })
        return
      }
      this.#say({ upstream: 'reconnecting', ...farewell })
      await wait(delayMs, this.#parts.signal)
    }
  }

  #isOver(): boolean {
    return this.#parts.signal.aborted
  }

  /** One connection from dialling to its end. @returns how it ended; undefined when it failed for good and was said so */
  async #converse(): Promise<Farewell | undefined> {
    const { model, onEvent, signal } = this.#parts
    const ended = Promise.withResolvers<Farewell>()
    const lifetime = new AbortController()
    const end = () => lifetime.abort()
    signal.addEventListener('abort', end, { once: true })
    try {
      const connection = await model.connect({
        ...(await this.#parts.request()),
        signal: lifetime.signal,
        onEvent: (event) => {
          if (event.type === 'closed') ended.resolve(event)
          else onEvent(event)
        },
      })
      return await this.#live(connection, ended.promise)
    } catch (error) {
      if (!(error instanceof LiveConnectError)) throw error
      if (error.code !== REFUSED_FOR_GOOD) return error
      this.#say({ upstream: 'failed', code: error.code, reason: error.reason })
      return undefined
    } finally {
      signal.removeEventListener('abort', end)
      end()
    }
  }

  async #live(connection: LiveConnection, ended: Promise<Farewell>): Promise<Farewell | undefined> {
    if (this.#isOver()) return undefined
    const sinceMs = performance.now()
    this.#parts.onUp(connection)
    this.#say({ upstream: 'live' })
    const { code, reason } = await Promise.race([ended, aborted(this.#parts.signal)])
    if (this.#isOver()) return undefined
    if (performance.now() - sinceMs >= HEALTHY_MS) this.#failures = 0
    this.#parts.onDown()
    return { code, reason }
  }

  #say(state: BrainState): void {
    if (!this.#isOver()) this.#parts.onState(state)
  }
}

function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, delayMs)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done, { once: true })
  })
}

function aborted(signal: AbortSignal): Promise<Farewell> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ code: 1000, reason: '' }), { once: true })
  })
}
