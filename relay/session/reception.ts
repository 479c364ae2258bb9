import { randomUUID } from 'node:crypto'
import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { type User } from '../auth/identity.ts'
import { type Journal, type Standing } from '../store/journal.ts'
import { StoreError } from '../store/key-value.ts'
import { STORE_AWAY, type Farewell } from './farewell.ts'
import { type Line } from './line.ts'
import { OneAtATime } from './one-at-a-time.ts'
import { decideResume, type ResumeRequest } from './resume-decision.ts'
import { type SessionDeps, type SessionEnd, type SessionParts, type Welcome } from './session-parts.ts'
import { Session } from './session.ts'
import { hashResumeToken, newResumeToken, type SessionState } from './session-state.ts'

type Start = ClientMessageOf<'session.start'>

export interface ReceptionParts extends SessionDeps {
  readonly journal: Journal
  /** Of conversations that are not to be kept: ends with the process. */
  readonly temporary: Journal
  /** The conversation with this id, as far as this process has it. */
  readonly find: (id: string) => Session | undefined
  /** From now on this process has it. */
  readonly enter: (session: Session) => void
  readonly onOver: (session: Session, why: SessionEnd) => void
  /** Whether this user may begin another conversation. @returns why not */
  readonly refuseNew: (user: User) => Promise<Farewell | undefined>
  /** Tells other instances whose conversation this is now. @returns when the old holder has hung up its brain, or never will */
  readonly takeOver: (id: string, fence: number, hasOtherHolder: boolean) => Promise<void>
}

/** What somebody who starts is given. */
type Entrance =
  { readonly session: Session; readonly token: string; readonly welcome: Welcome } | { readonly refusal: Farewell }

/** More than this was missed only by who was away for long: the newest entries say enough. */
const MAX_MISSED = 500

/** So often somebody else may be faster before it is taken for a fault. */
const MAX_CLAIMS = 5

/**
 * Who starts is led to a conversation: to the one they come back to, wherever it is, or to a new one.
 * The decisions are in `resume-decision.ts`; here they meet the store, and others who do the same at the same time.
 */
export class Reception {
  readonly #parts: ReceptionParts
  /** Two at once would both find that there is room for one. */
  readonly #beginning = new OneAtATime()

  constructor(parts: ReceptionParts) {
    this.#parts = parts
  }

  /** Never rejects but for a bug: what goes wrong is told to the client. */
  async receive(line: Line, start: Start): Promise<void> {
    const beganAtMs = performance.now()
    const entrance = await this.#enter(line, start).catch((error: unknown) => {
      if (error instanceof StoreError) return { refusal: STORE_AWAY }
      throw error
    })
    if ('refusal' in entrance) {
      line.leave(entrance.refusal)
      return
    }
    const { session, token, welcome } = entrance
    session.attach(line, start, token, welcome)
    this.#parts.metrics.sessionReady(welcome.how, performance.now() - beganAtMs)
  }

  async #enter(line: Line, start: Start): Promise<Entrance> {
    const { resume } = start
    const entrance = resume === undefined ? undefined : await this.#comeBack(line.identity.user, start, resume)
    if (entrance !== undefined) return entrance
    const { user } = line.identity
    return this.#beginning.run(user.id, () => this.#begin(user, start))
  }

  async #begin(user: User, { setup, resume }: Start): Promise<Entrance> {
    const refusal = await this.#parts.refuseNew(user)
    if (refusal !== undefined) return { refusal }
    const { instance, times } = this.#parts
    const id = randomUUID()
    const token = newResumeToken()
    const tokens = [hashResumeToken(token)]
    const state = { tokens, epoch: resume?.epoch ?? 0, turn: 0, speechSeq: 0, holder: instance }
    const journal = this.#journalOf(setup.temporary === true)
    await journal.create({ id, owner: user.id, holder: instance, leaseMs: times.leaseMs, state })
    const handover = Promise.resolve()
    const session = this.#open({ id, user, setup, journal, fence: 1, entries: [], seq: 0, state, handover })
    return { session, token, welcome: { how: 'new' } }
  }

  /** @returns undefined when there is nothing to come back to */
  async #comeBack(user: User, start: Start, resume: ResumeRequest): Promise<Entrance | undefined> {
    const isTemporary = start.setup.temporary === true
    const journal = this.#journalOf(isTemporary)
    for (let tries = 0; tries < MAX_CLAIMS; tries++) {
      const here = this.#parts.find(resume.sessionId)
      if (here?.owner === user.id && here.isTemporary === isTemporary) {
        const entrance = await this.#comeBackHere(here, resume)
        if (entrance !== 'elsewhere') return entrance
      }
      const standing = await journal.look(resume.sessionId, user.id)
      const decision = decideResume(standing, resume, this.#parts.times, Date.now())
      if (standing === undefined || decision.kind === 'new') return undefined
      const fence = await this.#claim(journal, resume.sessionId, standing)
      if (fence === undefined) continue
      const taken = { journal, standing, fence, kind: decision.kind, state: decision.state }
      return await this.#takeOver(user, start, resume, taken)
    }
    throw new StoreError('A conversation was claimed by others again and again.')
  }

  /** @returns `elsewhere` when this process does not have it (any more) */
  async #comeBackHere(session: Session, resume: ResumeRequest): Promise<Entrance | undefined | 'elsewhere'> {
    if (session.isLeaving) {
      await session.left
      return 'elsewhere'
    }
    if (!session.isTokenGood(resume.resumeToken)) return undefined
    const token = session.expect(resume.resumeToken)
    const [isHeld, missed] = await Promise.all([session.hold(), session.entriesAfter(resume.lastSeq, MAX_MISSED)])
    if (!isHeld) return 'elsewhere'
    return { session, token, welcome: welcomeBack('resumed', resume, session.seq, missed) }
  }

  #claim(journal: Journal, id: string, { fence }: Standing): Promise<number | undefined> {
    return journal.claim(id, fence, this.#parts.instance, this.#parts.times.leaseMs)
  }

  async #takeOver(user: User, { setup }: Start, resume: ResumeRequest, taken: Taken): Promise<Entrance> {
    const { journal, standing, fence, kind } = taken
    const { instance, memory } = this.#parts
    const id = resume.sessionId
    const isHeldElsewhere = taken.state.holder !== undefined && taken.state.holder !== instance
    const handover = this.#parts.takeOver(id, fence, isHeldElsewhere)
    const token = newResumeToken()
    const state = {
      ...inherit(taken.state),
      tokens: [token, resume.resumeToken].map(hashResumeToken),
      holder: instance,
    }
    const [entries, missed, saved] = await Promise.all([
      journal.latest(id, memory),
      kind === 'resumed' ? journal.entriesAfter(id, resume.lastSeq, MAX_MISSED) : [],
      journal.saveState(id, fence, state),
    ])
    if (saved !== 'appended') throw new StoreError('A conversation was taken over while it was being taken over.')
    const seq = Math.max(standing.seq, entries.at(-1)?.seq ?? 0)
    const session = this.#open({ id, user, setup, journal, fence, entries, seq, state, handover })
    return { session, token, welcome: welcomeBack(kind, resume, seq, missed) }
  }

  #open(parts: Omit<SessionParts, 'onOver'>): Session {
    const onOver = (why: SessionEnd) => this.#parts.onOver(session, why)
    const session = new Session({ ...parts, onOver }, this.#parts)
    this.#parts.enter(session)
    return session
  }

  #journalOf(isTemporary: boolean): Journal {
    return isTemporary ? this.#parts.temporary : this.#parts.journal
  }
}

interface Taken {
  readonly journal: Journal
  readonly standing: Standing
  readonly fence: number
  readonly kind: 'resumed' | 'history'
  readonly state: SessionState
}

function welcomeBack(
  kind: 'resumed' | 'history',
  { lastSeq }: ResumeRequest,
  seq: number,
  missed: Awaited<ReturnType<Journal['entriesAfter']>>,
): Welcome {
  const isComplete = lastSeq <= seq && missed.length < MAX_MISSED
  return kind === 'resumed' && isComplete ? { how: 'resumed', missed } : { how: 'history' }
}

/** So far apart that what a holder said after its last word to the store cannot be mistaken for the next one's. */
const SPEECH_GAP = 65_536

/** What goes on, and what ends with the last holder: a goodbye is complete, a death leaves things open. */
function inherit({ detachedAt, holder: _holder, ...state }: SessionState): SessionState {
  if (detachedAt !== undefined) return state
  return { ...state, turn: state.turn + 1, speechSeq: (state.speechSeq + SPEECH_GAP) >>> 0 }
}
