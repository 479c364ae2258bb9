import { CLOSE } from '../../shared/protocol/close-code.ts'
import { type ConversationEnd } from './conversation.ts'

/** What a client is told when its line closes: an `error`, then the close code. */
export interface Farewell {
  readonly close: number
  readonly code: string
  /** For a person. */
  readonly message: string
  /** Whether coming again may help. */
  readonly isRetryable: boolean
}

/** Why a conversation cannot go on here. */
export const LOST: Readonly<Record<ConversationEnd, Farewell>> = {
  superseded: {
    close: CLOSE.superseded,
    code: 'superseded',
    message: 'This conversation was taken over from somewhere else.',
    isRetryable: false,
  },
  deleted: {
    close: CLOSE.bye,
    code: 'conversation_deleted',
    message: 'This conversation is not there any more: it was deleted, or the store lost it. Please start a new one.',
    isRetryable: false,
  },
  not_stored: {
    close: CLOSE.internal,
    code: 'not_stored',
    message: 'What was said cannot be saved just now, so the conversation was stopped. Please try again in a moment.',
    isRetryable: true,
  },
}

export const EXPIRED: Farewell = {
  close: CLOSE.bye,
  code: 'session_expired',
  message: 'Nobody said anything for a long time, so the conversation ended.',
  isRetryable: true,
}

export const REVOKED: Farewell = {
  close: CLOSE.notAuthorised,
  code: 'not_authorised',
  message: 'This device is signed out. Pair it again.',
  isRetryable: false,
}

export const FAULT: Farewell = {
  close: CLOSE.internal,
  code: 'internal',
  message: 'The relay failed. Please try again; its log has the cause.',
  isRetryable: true,
}

export const STORE_AWAY: Farewell = {
  close: CLOSE.internal,
  code: 'store_unavailable',
  message: 'The relay cannot reach its store just now. Please try again in a moment.',
  isRetryable: true,
}

export const TOO_MANY_SESSIONS: Farewell = {
  close: CLOSE.quota,
  code: 'too_many_sessions',
  message: 'You have as many conversations open as this relay allows. End one and try again.',
  isRetryable: false,
}

/** @param reason the brain's own words; nothing secret in them */
export function brainFailed(reason: string): Farewell {
  const message = reason === '' ? 'The brain does not answer.' : `The brain does not answer: ${reason}`
  return { close: CLOSE.brainUnavailable, code: 'brain_unavailable', message, isRetryable: true }
}

/** @param resetsAt ISO 8601 time at which a new day begins */
export function quotaSpent(resetsAt: string): Farewell {
  const message = `You have used what this relay allows for one day. A new day begins at ${resetsAt}.`
  return { close: CLOSE.quota, code: 'quota_spent', message, isRetryable: false }
}
