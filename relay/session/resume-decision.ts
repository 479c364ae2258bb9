import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { type Standing } from '../store/journal.ts'
import { isTokenOf, readSessionState, type SessionState } from './session-state.ts'

export type ResumeRequest = NonNullable<ClientMessageOf<'session.start'>['resume']>

/** What becomes of somebody who comes back (docs/protocol.md §2.5). */
export type ResumeDecision =
  /** Another conversation: there is nothing to go on with, or it is not this client's to go on with. */
  | { readonly kind: 'new' }
  | {
      /** `resumed`: nothing was missed, since everything newer than `lastSeq` follows; `history`: the newest entries follow. */
      readonly kind: 'resumed' | 'history'
      readonly state: SessionState
    }

export interface ResumeLimits {
  /** Within this time of losing its client a conversation goes on without a gap, ms. */
  readonly lingerMs: number
  /** A conversation in which nobody said anything for so long is over, ms. */
  readonly idleMs: number
}

/**
 * Decides from what the store knows. Pure; the same answer for “no such conversation”, “not yours” and “wrong token”.
 *
 * @param standing undefined when the user has no such conversation
 * @param now ms since 1970
 */
export function decideResume(
  standing: Standing | undefined,
  { resumeToken, lastSeq }: ResumeRequest,
  { lingerMs, idleMs }: ResumeLimits,
  now: number,
): ResumeDecision {
  const state = standing === undefined ? undefined : readSessionState(standing.state)
  if (standing === undefined || state === undefined) return { kind: 'new' }
  if (!isTokenOf(resumeToken, state.tokens)) return { kind: 'new' }
  const isFresh = state.detachedAt !== undefined && now - state.detachedAt <= lingerMs
  if (!isFresh && now - standing.lastActiveAt > idleMs) return { kind: 'new' }
  // Who has more than the store has learnt it from one that lost data: only a fresh start is honest.
  if (lastSeq > standing.seq) return { kind: 'history', state }
  // Without a goodbye its holder died, and nobody knows when: what was missed can still be told in full.
  return { kind: isFresh || state.detachedAt === undefined ? 'resumed' : 'history', state }
}
