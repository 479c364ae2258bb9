import { randomUUID } from 'node:crypto'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type Logger } from '../logger.ts'
import { type Metrics } from '../metrics.ts'
import { causeOf, mayRepeat, nextStep, type Cause, type NextStep } from './farewell.ts'
import { LiveCall, type BrainEvent, type CallEnd, type CallTimes, type FarewellEnd } from './live-call.ts'
import { type LiveConnection, type LiveConnectOptions, type LiveModel } from './live-model.ts'
import { type LiveRoutes, type Route } from './live-routes.ts'
import { ResumeHandle } from './resume-handle.ts'

/** How the connection to the brain is; the words are `session.state`'s. Code and reason are the brain's own. */
export interface BrainState {
  readonly upstream: 'connecting' | 'live' | 'reconnecting' | 'failed'
  readonly code?: number
  readonly reason?: string
}

/** What to ask of the brain. */
export interface LiveRequest extends Pick<LiveConnectOptions, 'voice' | 'setup' | 'history'> {
  /** The model the client wishes; it counts before those of the operator. */
  readonly model?: string
}

export interface ResumingTimes extends CallTimes {
  /**
   * Longest waits before the second, third, … attempt of a series, ms: each wait is anything up to it, so that many
   * conversations do not come back together. After the last it is given up.
   */
  readonly retryDelaysMs: readonly number[]
  /** A move that takes longer than this, ms, is no secret: the state says `reconnecting`. */
  readonly quietMoveMs: number
}

export interface ResumingLiveParts {
  readonly model: LiveModel
  readonly routes: LiveRoutes
  /** What to ask of the brain, as of now: asked anew for each attempt. */
  readonly request: () => Promise<LiveRequest>
  /** What `onHandle` was told in an earlier life of the conversation, perhaps on another instance. */
  readonly initialHandle?: string
  /** What to go on with in a later life, a secret; undefined: there is nothing any more. */
  readonly onHandle: (handle: string | undefined) => void
  readonly onState: (state: BrainState) => void
  /** @param model the one that answered the call */
  readonly onUp: (connection: LiveConnection, model: string) => void
  readonly onEvent: (event: BrainEvent) => void
  /** @param mayRepeat whether what was not answered may be said again to the next connection */
  readonly onDown: (mayRepeat: boolean) => void
  /** Nobody speaks, nothing is owed: nobody would notice a move. */
  readonly isIdle: () => boolean
  /** Whether {@link request} would ask for something else now than it did last. */
  readonly isOutdated: () => boolean
  readonly times: ResumingTimes
  readonly metrics: Metrics
  readonly logger: Logger
  /** Ends it: nothing is called afterwards. */
  readonly signal: AbortSignal
  /** Uniform in [0, 1). */
  readonly random?: () => number
}

/** The waits and limits of the product; tests shorten them, nobody else has reason to. */
export const RESUMING_TIMES: Omit<ResumingTimes, 'retryDelaysMs'> = {
  healthyMs: 10_000,
  closeWaitMs: 500,
  connectionAgeMs: 9 * 60_000,
  goAwayMarginMs: 3_000,
  goAwayUnknownMs: 8_000,
  settledMs: 300,
  pauseCheckMs: 100,
  quietMoveMs: 700,
}

/**
 * One conversation's lasting line to the brain: dials, lives, and dials again after a drop, a `goAway` or a rotation, going
 * on where it was. Never two connections at once. What the user is told about it is always true.
 */
export class ResumingLive {
  readonly #parts: ResumingLiveParts
  readonly #handle: ResumeHandle
  /** Names the conversation to the circuit breakers. */
  readonly #id = randomUUID()
  /** Models that do not exist for this conversation. */
  readonly #unfitModels = new Set<string>()
  /** Models that failed it of late: asked last. */
  readonly #avoidedModels = new Set<string>()
  #call: LiveCall | undefined
  #route: Route | undefined
  #wished: string | undefined
  #said: BrainState = { upstream: 'connecting' }
  /** Failures since a connection was last healthy. */
  #failures = 0
  #waits = 0
  #moveTimer: NodeJS.Timeout | undefined

  constructor(parts: ResumingLiveParts) {
    this.#parts = parts
    this.#handle = new ResumeHandle(parts.initialHandle, parts.onHandle)
  }

  /** Runs until the signal aborts, when the socket has closed, or the brain is given up; rejects only for a bug of ours. */
  async run(): Promise<void> {
    if (this.#isOver) return
    this.#parts.onState(this.#said)
    let goesOn = true
    while (goesOn) goesOn = await this.#converse()
    clearTimeout(this.#moveTimer)
  }

  /**
   * Leaves a connection that is of no use any more for a new one. Does nothing while none is up.
   *
   * @param reason said to the user @param isFresh the next one is not to know what this one knew
   */
  replace(reason: string, isFresh: boolean): void {
    if (isFresh) this.#handle.drop()
    this.#call?.replace(reason)
  }

  /** What is asked of the brain changed: at the next pause a new connection is, if it still differs then. */
  settingsChanged(): void {
    this.#call?.settingsChanged()
  }

  /** Goes on over a new connection now, pause or not: what comes next is of no use to this one. */
  move(): void {
    this.#call?.move()
  }

  get #isOver(): boolean {
    return this.#parts.signal.aborted
  }

  /** One connection, and what follows from its end. @returns whether to go on */
  async #converse(): Promise<boolean> {
    const request = await this.#parts.request()
    if (this.#isOver) return false
    const end = await this.#callBrain(request)
    return end.type === 'farewell' ? this.#recover(end) : end.type !== 'aborted'
  }

  /** One connection from dialling to its end. */
  async #callBrain(request: LiveRequest): Promise<CallEnd> {
    const route = this.#chooseRoute(request)
    if (route === undefined) return this.#nobodyToCall()
    const handle = this.#handle.for(route)
    const { model, routes, isIdle, isOutdated, onEvent, times, metrics, signal } = this.#parts
    const { voice, setup, history } = request
    const call = new LiveCall({
      ...{ model, isIdle, times, metrics, signal },
      options: withoutUndefined({ apiKey: route.key.value, model: route.model, voice, setup, history, handle }),
      onUp: (connection) => this.#up(connection, route, handle !== undefined),
      onResumption: (event) => this.#handle.told(route, event),
      onEvent,
      onHealthy: () => this.#healthy(),
      onDown: (end) => this.#down(end),
      canResume: () => this.#handle.for(route) !== undefined,
      // What works is not left for settings while nothing else could be called.
      isOutdated: () => isOutdated() && routes.hasKey,
    })
    this.#call = call
    const end = await call.run()
    this.#call = undefined
    this.#handle.connectionEnded()
    return end
  }

  /** The wished model first, then the operator's; a conversation stays with the one it has while that works. */
  #chooseRoute({ model: wished }: LiveRequest): Route | undefined {
    const { routes } = this.#parts
    const present = wished === this.#wished ? (this.#route?.model ?? this.#handle.home?.model) : undefined
    this.#wished = wished
    const usual = [wished, ...routes.models].filter((name) => name !== undefined)
    const isKnown = present !== undefined && usual.includes(present) && !this.#avoidedModels.has(present)
    const names = [...new Set(isKnown ? [present, ...usual] : usual)].filter((name) => !this.#unfitModels.has(name))
    const ordered = names.toSorted((one, other) => this.#rank(one) - this.#rank(other))
    this.#route = routes.choose(ordered, this.#handle.home?.keyId ?? this.#route?.key.id)
    return this.#route
  }

  #rank(model: string): number {
    return Number(this.#avoidedModels.has(model))
  }

  /** Every key or model rests: as good as a call that failed, without one. */
  #nobodyToCall(): CallEnd {
    const { code, reason } = this.#parts.routes.lastFailure ?? { code: 1011, reason: 'unknown' }
    const farewell = { code, reason: `it is not called for a while, because it failed too often, last with: ${reason}` }
    return { type: 'farewell', farewell, phase: 'setup', usedHandle: false, isHealthy: false }
  }

  #up(connection: LiveConnection, route: Route, isResumed: boolean): void {
    const { routes, onUp, logger } = this.#parts
    clearTimeout(this.#moveTimer)
    routes.worked(route)
    logger.info({ model: route.model, isResumed }, 'the brain is there')
    onUp(connection, route.model)
    this.#say(this.#liveState(route))
  }

  /** Another model than the wished one is no secret. */
  #liveState({ model }: Route): BrainState {
    const wished = this.#wished ?? this.#parts.routes.models[0]
    if (model === wished) return { upstream: 'live' }
    return { upstream: 'live', reason: `${wished} cannot be reached; ${model} answers in its place.` }
  }

  #healthy(): void {
    this.#failures = 0
    this.#waits = 0
    this.#avoidedModels.clear()
  }

  #down(end: CallEnd): void {
    const { onDown, logger, times } = this.#parts
    switch (end.type) {
      case 'moved':
        logger.info({ why: end.why }, 'moving to a new connection to the brain')
        // At a pause nobody notices a move that is quick.
        this.#moveTimer = setTimeout(
          () => this.#say({ upstream: 'reconnecting', reason: 'The brain moves to a new connection.' }),
          times.quietMoveMs,
        )
        onDown(true)
        return
      case 'replaced':
        logger.warn({ reason: end.reason }, 'the connection to the brain is replaced')
        onDown(true)
        this.#say({ upstream: 'reconnecting', reason: end.reason })
        return
      case 'farewell':
        onDown(mayRepeat(causeOf(end.farewell, end.phase, end.usedHandle)))
        return
      case 'aborted':
    }
  }

  /** Does what the farewell's row says. @returns whether to go on */
  async #recover(end: FarewellEnd): Promise<boolean> {
    if (this.#isOver) return false
    const { farewell, phase } = end
    const { when, cause } = this.#learn(end)
    this.#parts.logger.warn({ ...farewell, cause, phase }, 'the brain hung up or did not answer')
    if (when === 'now') {
      if (phase === 'live') this.#say({ upstream: 'reconnecting', ...farewell })
      return true
    }
    const delayMs = when === 'never' ? undefined : this.#parts.times.retryDelaysMs[this.#waits++]
    if (delayMs === undefined) {
      this.#say({ upstream: 'failed', ...farewell })
      return false
    }
    this.#say({ upstream: 'reconnecting', ...farewell })
    const { random = Math.random, signal } = this.#parts
    await wait(Math.floor(random() * delayMs), signal)
    return !this.#isOver
  }

  /** What the end of a call says about models, keys and the handle. */
  #learn({ farewell, phase, usedHandle, isHealthy }: FarewellEnd): Pick<NextStep, 'when'> & { readonly cause: Cause } {
    const { routes } = this.#parts
    const route = this.#route
    const cause = causeOf(farewell, phase, usedHandle)
    if (!isHealthy) this.#failures++
    const step = nextStep(cause, phase, usedHandle, this.#failures)
    if (route === undefined) return { when: 'later', cause }
    if (!isHealthy) routes.failed(route, cause, this.#id, phase, farewell)
    if (!step.keepsHandle) this.#handle.drop()
    if (cause === 'model') this.#unfitModels.add(route.model)
    else if (step.route === 'next model') this.#avoidedModels.add(route.model)
    return { when: this.#isStuck(cause) ? 'never' : this.#whenWithKeys(step), cause }
  }

  /** Nothing is left that could answer otherwise. */
  #isStuck(cause: Cause): boolean {
    const { routes } = this.#parts
    if (cause === 'key') return !routes.hasKey
    return (
      cause === 'model' &&
      [this.#wished ?? routes.models[0], ...routes.models].every((model) => this.#unfitModels.has(model))
    )
  }

  /** A spent key is replaced at once where there is another; otherwise time must pass. */
  #whenWithKeys({ when, route }: NextStep): NextStep['when'] {
    return route === 'next key' && !this.#parts.routes.hasKey ? 'later' : when
  }

  #say(state: BrainState): void {
    const { upstream, reason } = this.#said
    if (this.#isOver || (state.upstream === 'live' && upstream === 'live' && reason === state.reason)) return
    this.#said = state
    this.#parts.onState(state)
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
