import { type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type User } from '../auth/identity.ts'
import { type LiveService } from '../live/live-service.ts'
import { type JournalEntry } from '../store/journal.ts'
import { type SessionTimes } from './session-times.ts'

/** What every conversation of this relay has in common. */
export interface House {
  readonly live: LiveService
  readonly brain: 'gemini' | 'local'
  /** The model and voice a client gets that asks for none. */
  readonly model: string
  readonly modelLabel: string
  readonly voice: string
  /** Said to clients, bytes and counts. */
  readonly limits: Readonly<Record<string, number>>
  readonly times: Pick<SessionTimes, 'idleMs'>
}

/** Where the conversation stands for a client that comes. */
export interface Guest {
  readonly user: User
  readonly resumeToken: string
  readonly how: 'new' | 'resumed' | 'history'
  readonly talk: {
    readonly setup: SessionSetup
    /** Newest microphone frame that need not be sent again. */
    readonly handedSeq: number | undefined
  }
  readonly conversation: {
    readonly id: string
    /** Number of the newest entry, and the newest entries. */
    readonly seq: number
    readonly recent: readonly JournalEntry[]
  }
}

/** The `session.ready` of a client (docs/protocol.md §2.2). */
export function greeting(house: House, guest: Guest): ServerMessageOf<'session.ready'> {
  const { user, resumeToken, how } = guest
  const { setup, handedSeq } = guest.talk
  const { id, seq, recent } = guest.conversation
  const model = setup.model ?? house.model
  return withoutUndefined({
    type: 'session.ready' as const,
    sessionId: id,
    resumeToken,
    resumed: how === 'resumed',
    seq,
    audioSeq: handedSeq,
    user,
    brain: house.brain,
    model: setup.model ?? house.modelLabel,
    voice: setup.voice ?? house.voice,
    expiresAt: new Date(Date.now() + house.times.idleMs).toISOString(),
    capabilities: { unsupported: house.live.capabilities(model).unsupported },
    limits: { ...house.limits },
    history: how === 'history' ? recent.map(({ id: _id, ...entry }) => entry) : undefined,
  })
}
