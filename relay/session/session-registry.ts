import * as v from 'valibot'
import { CLOSE } from '../../shared/protocol/close-code.ts'
import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { type Identity, type User } from '../auth/identity.ts'
import { StoreError } from '../store/key-value.ts'
import { MemoryJournal } from '../store/memory-journal.ts'
import { type Store } from '../store/store.ts'
import { type Capacity } from '../transport/admission.ts'
import { type Peer, type PeerHandler } from '../transport/transport.ts'
import { FAULT, REVOKED, TOO_MANY_SESSIONS, type Farewell } from './farewell.ts'
import { Line } from './line.ts'
import { Reception } from './reception.ts'
import { type SessionDeps, type SessionEnd } from './session-parts.ts'
import { type Session } from './session.ts'
import { FREE } from './token-price.ts'
import { type DailyLimits } from './usage-day.ts'
import { Takeover } from './takeover.ts'

export interface RegistryOptions extends SessionDeps {
  readonly store: Pick<Store, 'journal' | 'bus'>
  readonly maxSessionsPerUser: number
  /** Of all users together: what one core carries with room to spare. */
  readonly maxSessions: number
  /** What a user may use on one day. */
  readonly dailyLimits: DailyLimits
  /** Conversations that were silent for so long are deleted, ms. */
  readonly historyMs: number
}

/** The owner of a conversation deleted it, on some instance. */
const deletedSchema = v.object({ id: v.string() })

/** Sockets that have not said `session.start`: nobody can fill the relay with silence. */
const MAX_SILENT_LINES = 256

/** How often it is looked who is still there, ms. */
const CHECK_MS = 1_000

/** A client that is moved comes back within this time, ms; not all of them at once. */
const MOVE_SPREAD_MS = 500

/** Every conversation and every open socket of this process: who talks, and whether somebody else may. */
export class SessionRegistry {
  readonly #options: RegistryOptions
  readonly #temporary = new MemoryJournal()
  readonly #reception: Reception
  readonly #takeover: Takeover
  readonly #sessions = new Map<string, Session>()
  readonly #lines = new Set<Line>()
  /** Lines that have no conversation yet. */
  readonly #silent = new Set<Line>()
  readonly #timers: readonly NodeJS.Timeout[]
  readonly #stopListening: () => void
  #isDraining = false

  constructor(options: RegistryOptions) {
    const { store, times, logger } = options
    this.#options = options
    this.#takeover = new Takeover({
      bus: store.bus,
      instance: options.instance,
      onClaimed: (id, fence) => this.#claimedElsewhere(id, fence),
      handoverMs: times.handoverMs,
      logger,
    })
    this.#reception = new Reception({
      ...options,
      journal: store.journal,
      temporary: this.#temporary,
      find: (id) => this.#sessions.get(id),
      enter: (session) => this.#enter(session),
      onOver: (session, why) => this.#left(session, why),
      refuseNew: (user) => this.#refuseNew(user),
      takeOver: (id, fence, hasOtherHolder) => this.#takeover.claimed(id, fence, hasOtherHolder),
    })
    const stops = [
      store.bus.onRestored(() => this.#renew()),
      store.bus.subscribe('deleted', (message) => {
        const deleted = v.safeParse(deletedSchema, message)
        if (deleted.success) this.#sessions.get(deleted.output.id)?.lose('deleted')
      }),
    ]
    this.#stopListening = () => stops.forEach((stop) => stop())
    options.metrics.observe(() => ({
      outboxBytes: sum(this.#lines, (line) => line.outbox.queuedBytes()),
      uplinkBytes: sum(this.#sessions.values(), (session) => session.uplinkBytes),
      sessions: this.#sessions.size,
    }))
    this.#timers = [
      setInterval(() => this.#check(), CHECK_MS),
      setInterval(() => this.#renew(), jittered(times.renewMs)),
      setInterval(() => this.#sweep(), jittered(times.sweepMs)),
    ]
  }

  /**
   * Whether another conversation may begin. Never rejects.
   *
   * @param identity whose it would be, where that is known
   * @param resume the conversation they come back to, which does not count
   */
  async capacity(identity?: Identity, resume?: string): Promise<Capacity> {
    if (this.#isDraining) return 'draining'
    if (this.#silent.size >= MAX_SILENT_LINES || this.#attached >= this.#options.maxSessions) return 'full'
    if (identity === undefined) return 'open'
    try {
      if (await this.#isSpent(identity.user)) return 'quota'
      return (await this.#countHeld(identity.user, resume)) >= this.#options.maxSessionsPerUser ? 'user_full' : 'open'
    } catch (error) {
      if (error instanceof StoreError) return 'store'
      throw error
    }
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  /** Takes an admitted socket. */
  open(peer: Peer, identity: Identity): PeerHandler {
    const { times, metrics, logger } = this.#options
    const line = new Line({
      peer,
      identity,
      onStart: (starting, start) => this.#start(starting, start),
      onClosed: (closed) => {
        this.#lines.delete(closed)
        this.#silent.delete(closed)
      },
      ...{ times, metrics, logger },
    })
    this.#lines.add(line)
    this.#silent.add(line)
    return line
  }

  /** A device may not be here any more: its lines close with 4501. */
  revoke(deviceId: string): void {
    for (const line of this.#lines) {
      if (line.identity.deviceId === deviceId) line.leave(REVOKED)
    }
  }

  /** The devices that are connected. */
  devices(): ReadonlySet<string> {
    return new Set([...this.#lines].map(({ identity }) => identity.deviceId))
  }

  /**
   * From now on nobody is taken any more. Hands every conversation to other instances, each when nobody is in the middle of
   * something, all of them within `withinMs`.
   */
  async drain(withinMs: number): Promise<void> {
    this.#isDraining = true
    const deadlineMs = performance.now() + withinMs
    const moves = [...this.#sessions.values()].map((session) =>
      session.move(deadlineMs, Math.round(Math.random() * MOVE_SPREAD_MS)),
    )
    await Promise.all(moves)
    for (const line of this.#lines) line.close(CLOSE.draining, 'The relay restarts.')
  }

  /** Lets go of everything at once; what can be stored is. */
  async close(): Promise<void> {
    await this.drain(0)
    for (const timer of this.#timers) clearInterval(timer)
    this.#stopListening()
    await this.#options.usage.close()
    this.#takeover.stop()
  }

  get #attached(): number {
    return this.#lines.size - this.#silent.size
  }

  /** Those that are under way, and those that were left a moment ago are not among them. */
  async #countHeld({ id }: User, except?: string): Promise<number> {
    const counts = [this.#options.store.journal, this.#temporary].map((journal) => journal.countHeld(id, except))
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
  }

  async #isSpent({ id }: User): Promise<boolean> {
    const { usage, dailyLimits } = this.#options
    if (dailyLimits.minutes === undefined && dailyLimits.spend === undefined) return false
    const meter = usage.open(id, FREE, () => undefined)
    const reached = await meter.begin()
    await meter.close()
    return reached !== undefined
  }

  async #refuseNew(user: User): Promise<Farewell | undefined> {
    if ((await this.#countHeld(user)) < this.#options.maxSessionsPerUser) return undefined
    this.#options.metrics.limited('sessions')
    return TOO_MANY_SESSIONS
  }

  #enter(session: Session): void {
    this.#sessions.get(session.id)?.lose('superseded')
    this.#sessions.set(session.id, session)
    this.#makeRoom(this.#options.maxSessions, () => true)
    this.#makeRoom(this.#options.maxSessionsPerUser, ({ owner }) => owner === session.owner)
  }

  /** Conversations that wait for a client cost a brain each: above `most` of a kind those that wait longest wait in the store. */
  #makeRoom(most: number, isOfKind: (session: Session) => boolean): void {
    if (this.#sessions.size <= most) return
    const kind = [...this.#sessions.values()].filter((session) => !session.isLeaving && isOfKind(session))
    const waiting = kind.filter(({ line, detachedAtMs }) => line === undefined && detachedAtMs !== undefined)
    waiting.sort((one, other) => (one.detachedAtMs ?? 0) - (other.detachedAtMs ?? 0))
    for (const session of waiting.slice(0, Math.max(0, kind.length - most))) void session.suspend()
  }

  #left(session: Session, why: SessionEnd): void {
    if (this.#sessions.get(session.id) === session) this.#sessions.delete(session.id)
    if (why !== 'superseded') return
    void session.brainEnded().then(() => this.#takeover.released(session.id, session.fence))
  }

  #claimedElsewhere(id: string, fence: number): void {
    const session = this.#sessions.get(id)
    if (session !== undefined && session.fence < fence) session.lose('superseded')
  }

  #check(): void {
    const nowMs = performance.now()
    for (const line of this.#lines) line.check(nowMs)
    for (const session of this.#sessions.values()) session.check(nowMs)
  }

  #renew(): void {
    for (const session of this.#sessions.values()) void session.keepAlive()
  }

  #sweep(): void {
    const { store, times, historyMs, logger } = this.#options
    const now = Date.now()
    const idleBefore = now - times.idleMs
    void this.#temporary.sweep(idleBefore, idleBefore)
    store.journal.sweep(idleBefore, now - historyMs).catch((error: unknown) => {
      logger.warn({ error: String(error) }, 'old conversations could not be cleared')
    })
  }

  #start(line: Line, start: ClientMessageOf<'session.start'>): void {
    if (this.#isDraining) {
      line.close(CLOSE.draining, 'The relay restarts.')
      return
    }
    this.#reception
      .receive(line, start)
      .catch((error: unknown) => {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
        this.#options.logger.error({ error: text }, 'a conversation could not begin')
        line.leave(FAULT)
      })
      .finally(() => this.#silent.delete(line))
  }
}

function jittered(ms: number): number {
  return ms * (0.9 + 0.2 * Math.random())
}

function sum<Item>(items: Iterable<Item>, amountOf: (item: Item) => number): number {
  let total = 0
  for (const item of items) total += amountOf(item)
  return total
}
