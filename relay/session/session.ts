import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { CLOSE } from '../../shared/protocol/close-code.ts'
import { type ImageFrame } from '../../shared/protocol/media-frame.ts'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type Logger } from '../logger.ts'
import { type JournalEntry } from '../store/journal.ts'
import { Conversation, type ConversationEnd } from './conversation.ts'
import { Downlink } from './downlink.ts'
import { brainFailed, EXPIRED, FAULT, LOST, quotaSpent, type Farewell } from './farewell.ts'
import { type TalkMessage } from './from-client.ts'
import { greeting } from './greeting.ts'
import { type Line, type LineOwner } from './line.ts'
import { type MicrophoneLane } from './microphone-lane.ts'
import { ResumeTokens } from './resume-tokens.ts'
import { type SessionDeps, type SessionEnd, type SessionParts, type Welcome } from './session-parts.ts'
import { leftBehind, type SessionState } from './session-state.ts'
import { SessionUsage } from './session-usage.ts'
import { Talk } from './talk.ts'
import { pricesOf } from './token-price.ts'
import { type LimitReached } from './usage-day.ts'
import { atMost, pause } from './wait.ts'

/**
 * One conversation in this process. It survives its lines: without one it waits for the client to come back, here or to
 * another instance, and leaves in the store what the next holder needs (docs/adr/0009).
 */
export class Session implements LineOwner {
  readonly id: string
  /** Whose it is. */
  readonly owner: string
  readonly fence: number
  readonly isTemporary: boolean
  readonly #parts: SessionParts
  readonly #deps: SessionDeps
  readonly #logger: Logger
  readonly #conversation: Conversation
  readonly #downlink: Downlink
  readonly #talk: Talk
  /** Its signal ends the brain's connection, timers and calls. */
  readonly #lifetime = new AbortController()
  readonly #left = Promise.withResolvers<undefined>()
  readonly #tokens: ResumeTokens
  readonly #usage: SessionUsage
  #epoch: number
  #line: Line | undefined
  #detachedAtMs: number | undefined
  #isBegun = false
  #isLeaving = false

  constructor(parts: SessionParts, deps: SessionDeps) {
    const { id, user, setup, state } = parts
    this.id = id
    this.owner = user.id
    this.fence = parts.fence
    this.isTemporary = setup.temporary === true
    this.#parts = parts
    this.#deps = deps
    this.#logger = deps.logger.child({ session: id })
    this.#tokens = new ResumeTokens(state.tokens)
    this.#usage = new SessionUsage(
      deps.usage.open(user.id, pricesOf(deps.brain), (reached) => this.#spent(reached)),
      () => ({ microphone: this.microphone.takeBytes(), speech: this.#downlink.takeSpeechBytes() }),
    )
    this.#epoch = state.epoch
    this.#downlink = new Downlink(state)
    this.#conversation = new Conversation({
      ...parts,
      memory: deps.memory,
      leaseMs: deps.times.leaseMs,
      state: () => this.#state(),
      onEnd: (why) => this.lose(why),
      retryDelaysMs: deps.times.storeRetryDelaysMs,
      logger: this.#logger,
    })
    this.#talk = new Talk({
      ...deps,
      setup,
      conversation: this.#conversation,
      before: leftBehind(state, deps.sealer),
      client: this.#downlink,
      logger: this.#logger,
      received: () => this.#line?.received,
      onPicture: () => this.#usage.picture(),
      onTokens: (tokens) => this.#usage.tokens(tokens),
      onTurnEnd: () => this.#usage.turnEnded(),
      onEnd: () => this.#ended(),
      onBrainFailed: (reason) => this.#stop('suspended', brainFailed(reason)),
      onOverflow: () => this.lose('not_stored'),
      onFault: (error) => this.#fault(error),
      signal: this.#lifetime.signal,
    })
  }

  /** Takes what the microphone says, frame by frame. */
  get microphone(): MicrophoneLane {
    return this.#talk.microphone
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

  /** On their way to the brain, bytes. */
  get uplinkBytes(): number {
    return this.#talk.uplinkBytes
  }

  get spokeAtMs(): number {
    return this.#downlink.spokeAtMs
  }

  /** Whether this client may have it: only who was given the present token, or the one before it. */
  isTokenGood(token: string): boolean {
    return this.#tokens.isGood(token)
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
    return this.#tokens.next(presented)
  }

  /**
   * Confirms that this process still holds the conversation, and leaves the client's new token in the store.
   *
   * @throws {StoreError}
   */
  hold(): Promise<boolean> {
    const { detachedAt: _past, ...state } = this.#state()
    return this.#conversation.hold(state)
  }

  /**
   * @returns entries with `seq > after`, oldest first, at most `limit`
   * @throws {StoreError}
   */
  entriesAfter(after: number, limit: number): Promise<readonly JournalEntry[]> {
    return this.#conversation.entriesAfter(after, limit)
  }

  /** Says that the holder lives, while somebody is there. */
  async keepAlive(): Promise<void> {
    if (this.#line !== undefined && !this.#isLeaving) await this.#conversation.keepAlive()
  }

  /** Connects a client, and tells it where the conversation stands. @param token its next one */
  attach(line: Line, start: ClientMessageOf<'session.start'>, token: string, welcome: Welcome): void {
    if (!this.#tokens.isNewest(token)) {
      // Somebody came after this one while the store was asked.
      line.leave(LOST.superseded)
      return
    }
    if (line.isClosed || this.#isLeaving) {
      this.#detachedAtMs ??= Date.now()
      line.close(CLOSE.draining, MOVED)
      return
    }
    const epoch = start.resume?.epoch ?? this.#epoch
    if (epoch !== this.#epoch) this.#forgetMicrophone(epoch)
    const { newestSeq } = this.microphone
    const [talk, conversation, { user }] = [this.#talk, this.#conversation, this.#parts]
    this.#line = line
    this.#detachedAtMs = undefined
    line.outbox.cork(() => {
      line.outbox.sendMessage(greeting(this.#deps, { user, resumeToken: token, how: welcome.how, talk, conversation }))
      this.#downlink.attach(line.outbox, welcome.how === 'resumed' ? welcome.missed : undefined)
      line.attach(this, newestSeq === undefined ? undefined : { newestSeq })
      talk.clientCame(start.setup)
    })
    this.#deps.metrics.sessionAttached(welcome.how)
    this.#logger.info({ client: start.client.name, how: welcome.how }, 'a client came')
    if (this.#isBegun) return
    this.#isBegun = true
    void this.#usage.begin().then((reached) => (reached === undefined ? undefined : this.#spent(reached)))
    void this.#parts.handover.then(() => {
      if (!this.#lifetime.signal.aborted) this.#talk.begin()
    })
  }

  onMessage(message: TalkMessage): void {
    this.#talk.handle(message)
  }

  onPicture(frame: ImageFrame): void {
    this.#talk.picture(frame)
  }

  onConfirmed(): void {
    // Stored with what is stored next: an older token in the store is still this client's own.
    this.#tokens.confirm()
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
    // It waits for the client, and does not count as under way meanwhile.
    else void this.#conversation.rest()
  }

  /** To be called every second. @param nowMs of `performance.now` */
  check(nowMs: number): void {
    this.#usage.settle()
    const { idleMs, lingerMs } = this.#deps.times
    if (this.#isLeaving) return
    if (this.#detachedAtMs !== undefined && Date.now() - this.#detachedAtMs > lingerMs) void this.suspend()
    else if (nowMs - this.#talk.lastActiveAtMs > idleMs) this.#stop('ended', EXPIRED)
  }

  /** Lets go of it, so that its client can go on anywhere: hangs up the brain and leaves the rest in the store. */
  suspend(): Promise<void> {
    return this.#leave('suspended')
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
    line?.close(CLOSE.draining, MOVED)
  }

  #state(): SessionState {
    const { brainHandle } = this.#talk
    return withoutUndefined({
      tokens: [...this.#tokens.hashes],
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

  #forgetMicrophone(epoch: number): void {
    this.#epoch = epoch
    this.#talk.forgetMicrophone()
  }

  #detach(): void {
    if (this.#line === undefined) return
    this.#line = undefined
    this.#detachedAtMs = Date.now()
    this.#downlink.detach()
    this.#deps.metrics.sessionDetached()
    if (!this.#isLeaving) this.#talk.clientLeft()
  }

  /** @param withinMs how long the last word may take to be stored */
  async #leave(how: 'ended' | 'suspended', withinMs = LAST_WORD_MS): Promise<void> {
    if (this.#isLeaving) return this.left
    this.#isLeaving = true
    this.#detachedAtMs ??= Date.now()
    const lastWord = this.#lastWord(how)
    this.#lifetime.abort()
    await atMost(withinMs, lastWord)
    this.#over('left')
  }

  async #lastWord(how: 'ended' | 'suspended'): Promise<void> {
    await Promise.all([this.#conversation.release(), this.#talk.finish()])
    // Whoever goes on may call a brain at once.
    await this.#talk.brainEnded()
    await this.#conversation.rest(how === 'ended' ? null : this.#state())
  }

  #over(why: SessionEnd): void {
    this.#conversation.close()
    this.#usage.close()
    this.#parts.onOver(why)
    this.#left.resolve(undefined)
  }

  /** Resolves once its brain was hung up, which it is when it is leaving: only then may another holder call one. */
  brainEnded(): Promise<void> {
    return this.#talk.brainEnded()
  }

  /** Nothing can be stored from here any more, so nobody is to believe that it is. */
  lose(why: ConversationEnd): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.#lifetime.abort()
    this.#logger.warn({ why }, 'a conversation was lost')
    this.#line?.leave(LOST[why])
    this.#over(why)
  }

  #stop(how: 'ended' | 'suspended', farewell: Farewell): void {
    if (this.#isLeaving) return
    void this.#leave(how)
    this.#line?.leave(farewell)
  }

  #ended(): void {
    void this.#leave('ended')
    this.#line?.close(CLOSE.bye, 'The conversation was ended.')
  }

  #spent({ resetsAt }: LimitReached): void {
    this.#deps.metrics.limited('day')
    this.#stop('suspended', quotaSpent(resetsAt))
  }

  #fault(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#logger.error({ error: text }, 'a conversation failed')
    this.#stop('suspended', FAULT)
  }
}

/** A store that is away for longer than its entries are retried does not come back in time, ms. */
const LAST_WORD_MS = 70_000

/** Who waits for a move waits this long for the store at least, ms. */
const MOVE_MS = 1_500

const MOVED = 'The conversation goes on in a moment, from another place.'

/** How often it is looked whether a conversation that is to move has come to a pause, ms. */
const QUIET_CHECK_MS = 50
