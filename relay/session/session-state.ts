import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type Sealer } from '../auth/sealer.ts'
import { type Json } from '../store/key-value.ts'
import { type TalkBefore } from './talk-parts.ts'

const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const stateSchema = v.object({
  /** SHA-256 of the tokens a client may come back with, newest first: the present one and the one before it. */
  tokens: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(2)),
  /** Which count of its microphone frames the client is in. */
  epoch: count,
  /** Newest microphone frame of that count the brain was given. */
  audioSeq: v.exactOptional(count),
  /** Newest turn, and the one that was under way. */
  turn: count,
  openTurn: v.exactOptional(count),
  /** Newest speech frame. */
  speechSeq: count,
  /** The instance that has a brain for it. */
  holder: v.exactOptional(v.string()),
  /** When its client went, ms since 1970; absent while it is there, and when the holder died. */
  detachedAt: v.exactOptional(v.number()),
  /** What a new connection to the brain needs to go on where the old one was. */
  brain: v.exactOptional(v.string()),
})

/** What one holder of a conversation leaves for the next. */
export type SessionState = Readonly<v.InferOutput<typeof stateSchema>>

/** @returns undefined for what no relay of this kind wrote, and for a conversation that is over */
export function readSessionState(state: Json): SessionState | undefined {
  const { success, output } = v.safeParse(stateSchema, state)
  return success ? output : undefined
}

/** What a talk has to know of the one before it, on whatever instance that was. */
export function leftBehind(state: SessionState, sealer: Pick<Sealer, 'open'>): TalkBefore {
  const { turn, openTurn, audioSeq, brain } = state
  const brainHandle = brain === undefined ? undefined : sealer.open(brain)
  return withoutUndefined({ turn, openTurn, audioSeq, brainHandle })
}

/** @returns a new token, 256 bits in base64url */
export function newResumeToken(): string {
  return randomBytes(32).toString('base64url')
}

/** Only this is kept of a token. */
export function hashResumeToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** Whether `token` is one of those with these hashes; takes as long whichever it is. */
export function isTokenOf(token: string, hashes: readonly string[]): boolean {
  const presented = Buffer.from(hashResumeToken(token))
  let isKnown = false
  for (const hash of hashes) {
    const known = Buffer.from(hash)
    if (known.byteLength === presented.byteLength && timingSafeEqual(known, presented)) isKnown = true
  }
  return isKnown
}
