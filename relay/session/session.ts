import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { CLOSE } from '../../shared/protocol/close-code.ts'
import { type ImageFrame, type MicrophoneFrame } from '../../shared/protocol/media-frame.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type User } from '../auth/identity.ts'
import { type Sealer } from '../auth/sealer.ts'
import { type Logger } from '../logger.ts'
import { type Metrics } from '../metrics.ts'
import { type Tracing } from '../tracing.ts'
import { type Journal, type JournalEntry } from '../store/journal.ts'
import { Conversation, type ConversationEnd } from './conversation.ts'
import { Downlink } from './downlink.ts'
import { brainFailed, EXPIRED, FAULT, LOST } from './farewell.ts'
import { type TalkMessage } from './from-client.ts'
import { greeting, type House } from './greeting.ts'
import { type Line, type LineOwner } from './line.ts'
import { hashResumeToken, isTokenOf, newResumeToken, type SessionState } from './session-state.ts'
import { type SessionTimes } from './session-times.ts'
import { Talk } from './talk.ts'
import { atMost, pause } from './wait.ts'

export interface SessionDeps extends House {
  /** This process, in leases and on the bus. */
  readonly instance: string
  /** Messages a conversation remembers. */
  readonly memory: number
  /** Hides what the brain goes on with from readers of the store. */
  readonly sealer: Sealer
  readonly times: SessionTimes
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly logger: Logger
}

export interface SessionParts {
  readonly id: string
  readonly user: User
  readonly setup: SessionSetup
  readonly journal: Journal
  /** That this process holds the conversation. */
  readonly fence: number
  /** Its newest entries, and the number of the newest. */
  readonly entries: readonly JournalEntry[]
  readonly seq: number
  /** What its last holder left. */
  readonly state: SessionState
  /** Resolves when the last holder has hung up its brain, or never will. */
  readonly handover: Promise<void>
  /** Called once: this process has nothing to do with the conversation any more. */
  readonly onOver: (session: Session, why: SessionEnd) => void
}

/** `left`: its last word is in the store. */
export type SessionEnd = ConversationEnd | 'left'

/** How a client comes to a conversation. */
export type Welcome =
  | { readonly how: 'new' | 'history' }
  /** It is told what it missed, oldest first. */
  | { readonly how: 'resumed'; readonly missed: readonly JournalEntry[] }

/**
 * One conversation in this process. It survives its lines: without one it waits for the client to come back, here or to
 * another instance, and leaves in the store what the next holder needs (docs/adr/0009).
 */
export class Session implements LineOwner {
  readonly #parts: SessionParts
  readonly #deps: SessionDeps
  readonly #logger: Logger
  readonly #conversation: Conversation
  readonly #downlink: Downlink
  readonly #talk: Talk
  /** Its signal ends the brain's connection, timers and calls. */
  readonly #lifetime = new AbortController()
  readonly #left = Promise.withResolvers<undefined>()
  #tokens: readonly string[]
  #epoch: number
  #audioSeq: number | undefined
  #line: Line | undefined
  #detachedAtMs: number | undefined
  #isBegun = false
  #isLeaving = false

  constructor(parts: SessionParts, deps: SessionDeps) {
    const { id, setup, state } = parts
    this.#parts = parts
    this.#deps = deps
    this.#logger = deps.logger.child({ session: id })
    this.#tokens = state.tokens
    this.#epoch = state.epoch
    this.#audioSeq = state.audioSeq
    this.#downlink = new Downlink(state.speechSeq)
    this.#conversation = new Conversation({
      ...parts,
      owner: parts.user.id,
      memory: deps.memory,
      state: () => this.#state(),
      onEnd: (why) => this.#lost(why),
      retryDelaysMs: deps.times.storeRetryDelaysMs,
      logger: this.#logger,
    })
    this.#talk = new Talk({
      ...deps,
      setup,
      conversation: this.#conversation,
      before: withoutUndefined({
        turn: state.turn,
        openTurn: state.openTurn,
        audioSeq: state.audioSeq,
        brainHandle: state.brain === undefined ? undefined : deps.sealer.open(state.brain),
      }),
      client: this.#downlink,
      logger: this.#logger,
      onEnd: () => this.#ended(),
      onBrainFailed: (reason) => this.#brainFailed(reason),
      onOverflow: () => this.#lost('not_stored'),
      onFault: (error) => this.#fault(error),
      signal: this.#lifetime.signal,
    })
  }

  get id(): string {
    return this.#parts.id
  }

  get owner(): string {
    return this.#parts.user.id
  }

  get isTemporary(): boolean {
    return this.#parts.setup.temporary === true
  }

  get fence(): number {
    return this.#parts.fence
  }

  get seq(): number {
    return this.#conversation.seq
  }

  /** Nobody else will be attached: come back when it has {@link left}. */
  get isLeaving(): boolean {
    return this.#isLeaving
  }

  /** Resolves when its last word is in the store, or never will be. */
  get left(): Promise<void> {
    return this.#left.promise
  }

  get line(): Line | undefined {
    return this.#line
  }

  /** When its client went, ms since 1970. */
  get detachedAtMs(): number | undefined {
    return this.#detachedAtMs
  }

  get spokeAtMs(): number {
    return this.#downlink.spokeAtMs
  }

  /** Whether this client may have it: only who was given the present token, or the one before it. */
  isTokenGood(token: string): boolean {
    return isTokenOf(token, this.#tokens)
  }

  /**
   * Makes room for a client that comes back, before the store is asked: the older line closes, and what happens from here on
   * is kept for the new one.
   *
   * @param presented the token it came with, which works until it spoke again
   * @returns its next token
   */
  expect(presented: string): string {
    const line = this.#line
    this.#detach()
    line?.leave(LOST.superseded)
    return this.#nextToken(presented)
  }

  /**
   * Confirms that this process still holds the conversation, and leaves the client's new token in the store.
   *
   * @throws {StoreError}
   */
  async hold(): Promise<boolean> {
    const [isHeld, isSaved] = await Promise.all([
      this.#conversation.renew(this.#deps.times.leaseMs),
      this.#conversation.saveState(),
    ])
    return isHeld && isSaved
  }

  /**
   * @returns entries with `seq > after`, oldest first, at most `limit`
   * @throws {StoreError}
   */
  entriesAfter(after: number, limit: number): Promise<readonly JournalEntry[]> {
    return this.#conversation.entriesAfter(after, limit)
  }

  /** Says that the holder lives, while somebody is there. Failing that, the next time will do. */
  async renew(): Promise<void> {
    if (this.#line === undefined || this.#isLeaving) return
    await this.#conversation.renew(this.#deps.times.leaseMs).catch((error: unknown) => this.#untold('renew', error))
  }

  /** Connects a client, and tells it where the conversation stands. @param token its next one */
  attach(line: Line, start: ClientMessageOf<'session.start'>, token: string, welcome: Welcome): void {
    if (!isTokenOf(token, this.#tokens.slice(0, 1))) {
      // Somebody came after this one while the store was asked.
      line.leave(LOST.superseded)
      return
    }
    if (line.isClosed) {
      this.#detachedAtMs ??= Date.now()
      return
    }
    const epoch = start.resume?.epoch ?? this.#epoch
    if (epoch !== this.#epoch) this.#forgetMicrophone(epoch)
    const newestSeq = this.#audioSeq
    this.#line = line
    this.#detachedAtMs = undefined
    line.outbox.cork(() => {
      line.outbox.sendMessage(this.#greeting(token, welcome.how))
      this.#downlink.attach(line.outbox, welcome.how === 'resumed' ? welcome.missed : undefined)
      line.attach(this, newestSeq === undefined ? undefined : { newestSeq })
      this.#talk.clientCame(start.setup)
    })
    this.#deps.metrics.sessionAttached(welcome.how)
    this.#logger.info({ client: start.client.name, how: welcome.how }, 'a client came')
    if (this.#isBegun) return
    this.#isBegun = true
    void this.#parts.handover.then(() => {
      if (!this.#lifetime.signal.aborted) this.#talk.begin()
    })
  }

  onMessage(message: TalkMessage): void {
    this.#talk.handle(message)
  }

  onMicrophone(frame: MicrophoneFrame): void {
    this.#audioSeq = frame.seq
    this.#talk.microphone(frame)
  }

  onPicture(frame: ImageFrame): void {
    this.#talk.picture(frame)
  }

  onConfirmed(): void {
    // Stored with what is stored next: an older token in the store is still this client's own.
    this.#tokens = this.#tokens.slice(0, 1)
  }

  onSlow(isSlow: boolean): void {
    this.#talk.clientIsSlow(isSlow)
  }

  onGone(line: Line, code: number): void {
    if (line !== this.#line) return
    this.#detach()
    if (this.#isLeaving) return
    if (code === CLOSE.bye) void this.#leave('ended')
    else if (code >= CLOSE.badMessage || code === CLOSE.tooBig) void this.suspend()
    else this.#linger()
  }

  /** To be called every second. @param nowMs of `performance.now` */
  check(nowMs: number): void {
    const { idleMs, lingerMs } = this.#deps.times
    if (this.#isLeaving) return
    if (this.#detachedAtMs !== undefined && Date.now() - this.#detachedAtMs > lingerMs) void this.suspend()
    else if (nowMs - this.#talk.lastActiveAtMs > idleMs) this.#expired()
  }

  /** Lets go of it, so that its client can go on anywhere: hangs up the brain and leaves the rest in the store. */
  suspend(): Promise<void> {
    return this.#leave('suspended')
  }

  /** Somebody else holds it now. */
  supersede(): void {
    this.#lost('superseded')
  }

  /** Its owner deleted it. */
  forget(): void {
    this.#lost('deleted')
  }

  /**
   * Hands it to another instance when nobody is in the middle of something, at the latest at `deadlineMs`.
   *
   * @param deadlineMs of `performance.now`
   * @param reconnectInMs when the client is to come back
   */
  async move(deadlineMs: number, reconnectInMs: number): Promise<void> {
    while (!this.#isLeaving && this.#line !== undefined && !this.#talk.isQuiet && performance.now() < deadlineMs) {
      await pause(QUIET_CHECK_MS)
    }
    await this.#leave('suspended', Math.max(MOVE_MS, deadlineMs - performance.now()))
    const line = this.#line
    line?.outbox.sendMessage({ type: 'session.moved', reason: 'drain', reconnectInMs })
    line?.close(CLOSE.draining, 'The relay restarts. The conversation goes on in a moment.')
  }

  #state(): SessionState {
    const { brainHandle } = this.#talk
    return withoutUndefined({
      tokens: [...this.#tokens],
      epoch: this.#epoch,
      audioSeq: this.#talk.handedSeq,
      turn: this.#talk.newestTurn,
      openTurn: this.#talk.openTurn,
      speechSeq: this.#downlink.speechSeq,
      holder: this.#isLeaving ? undefined : this.#deps.instance,
      detachedAt: this.#detachedAtMs,
      brain: brainHandle === undefined ? undefined : this.#deps.sealer.seal(brainHandle),
    })
  }

  #nextToken(presented: string): string {
    const token = newResumeToken()
    this.#tokens = [hashResumeToken(token), hashResumeToken(presented)]
    return token
  }

  #forgetMicrophone(epoch: number): void {
    this.#epoch = epoch
    this.#audioSeq = undefined
    this.#talk.forgetMicrophone()
  }

  #greeting(resumeToken: string, how: Welcome['how']): ServerMessage {
    const { setup, handedSeq } = this.#talk
    const { seq, recent } = this.#conversation
    return greeting(this.#deps, {
      id: this.id,
      user: this.#parts.user,
      resumeToken,
      how,
      setup,
      handedSeq,
      seq,
      recent,
    })
  }

  #detach(): void {
    if (this.#line === undefined) return
    this.#line = undefined
    this.#detachedAtMs = Date.now()
    this.#downlink.detach()
    this.#deps.metrics.sessionDetached()
    if (!this.#isLeaving) this.#talk.clientLeft()
  }

  /** Waits for the client. It does not count as under way meanwhile. */
  #linger(): void {
    const saved = [this.#conversation.saveState(), this.#conversation.release()]
    for (const step of saved) step.catch((error: unknown) => this.#untold('leave the state', error))
  }

  /** @param withinMs how long the last word may take to be stored */
  async #leave(how: 'ended' | 'suspended', withinMs = LAST_WORD_MS): Promise<void> {
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#detachedAtMs ??= Date.now()
    const lastWord = this.#lastWord(how).catch((error: unknown) => this.#untold('leave the state', error))
    this.#lifetime.abort()
    await atMost(withinMs, lastWord)
    this.#over('left')
  }

  async #lastWord(how: 'ended' | 'suspended'): Promise<void> {
    await Promise.all([this.#conversation.release(), this.#talk.finish()])
    await this.#conversation.saveState(how === 'ended' ? null : this.#state())
  }

  #over(why: SessionEnd): void {
    this.#conversation.close()
    this.#parts.onOver(this, why)
    this.#left.resolve(undefined)
  }

  /** Resolves once its brain was hung up, which it is when it is leaving: only then may another holder call one. */
  brainEnded(): Promise<void> {
    return this.#talk.brainEnded()
  }

  /** Nothing can be stored from here any more, so nobody is to believe that it is. */
  #lost(why: ConversationEnd): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#lifetime.abort()
    this.#logger.warn({ why }, 'a conversation was lost')
    this.#line?.leave(LOST[why])
    this.#over(why)
  }

  #ended(): void {
    const line = this.#line
    void this.#leave('ended')
    line?.close(CLOSE.bye, 'The conversation was ended.')
  }

  #expired(): void {
    void this.#leave('ended')
    this.#line?.leave(EXPIRED)
  }

  #brainFailed(reason: string): void {
    void this.suspend()
    this.#line?.leave(brainFailed(reason))
  }

  #fault(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#logger.error({ error: text }, 'a conversation failed')
    void this.suspend()
    this.#line?.leave(FAULT)
  }

  #untold(what: string, error: unknown): void {
    this.#logger.warn({ what, error: String(error) }, 'the store did not do what a conversation asked')
  }
}

/** A store that is away for longer than its entries are retried does not come back in time, ms. */
const LAST_WORD_MS = 70_000

/** Who waits for a move waits this long for the store at least, ms. */
const MOVE_MS = 1_500

/** How often it is looked whether a conversation that is to move has come to a pause, ms. */
const QUIET_CHECK_MS = 50
