import { RESUMING_TIMES, type ResumingTimes } from '../live/resuming-live.ts'

/** How long a session waits for what; tests shorten them, nobody else has reason to. */
export interface SessionTimes {
  /** From the upgrade to `session.start`, ms: nobody holds a socket without talking. */
  readonly startMs: number
  /** A client that sent nothing for this long is gone, ms; it pings every 10 s, and every 3 s while somebody talks. */
  readonly silenceMs: number
  readonly talkingSilenceMs: number
  /** A conversation waits so long for a client that went without a word, its brain at hand, ms (docs/protocol.md §2.5). */
  readonly lingerMs: number
  /** A conversation in which nobody said anything for this long is over, ms. */
  readonly idleMs: number
  /** Waits before the brain is called again, ms; after the last of them it is given up. */
  readonly brainRetryDelaysMs: readonly number[]
  /** How connections to the brain are kept and replaced. */
  readonly brain: Omit<ResumingTimes, 'retryDelaysMs'>
  readonly patience: Patience
  /** How long a holder of a conversation counts as alive, and how often it says that it is, ms. */
  readonly leaseMs: number
  readonly renewMs: number
  /** How long who takes a conversation over waits for its holder to hang up the brain, ms. */
  readonly handoverMs: number
  /** Waits before the store is asked again for an entry, ms; after the last of them it is given up. */
  readonly storeRetryDelaysMs: readonly number[]
  /** How often conversations that are over are cleared from the store, ms. */
  readonly sweepMs: number
}

/** How long the brain may owe something before the talk goes on without it, ms. */
export interface Patience {
  /** After `interrupted` the end of the cut answer follows at once. */
  readonly cutAnswerMs: number
  /** After a tool's answer the model has to think before it speaks. */
  readonly toolAnswerMs: number
  /** Somebody said something, was understood, and nothing comes back. */
  readonly answerMs: number
  /** An answer was played to its end, and its end is not told. */
  readonly answerEndMs: number
}

/** About a minute in all: 100 ms, doubling to 2 s. */
const STORE_RETRY_DELAYS_MS = [100, 200, 400, 800, 1_600, ...Array.from({ length: 28 }, () => 2_000)]

/** @param idleMs `ASIDE_SESSION_IDLE` */
export function sessionTimes(idleMs: number): SessionTimes {
  return {
    startMs: 5_000,
    silenceMs: 25_000,
    talkingSilenceMs: 8_000,
    lingerMs: 120_000,
    idleMs,
    brainRetryDelaysMs: [250, 1_000, 4_000],
    brain: RESUMING_TIMES,
    patience: { cutAnswerMs: 2_000, toolAnswerMs: 8_000, answerMs: 12_000, answerEndMs: 20_000 },
    leaseMs: 30_000,
    renewMs: 10_000,
    handoverMs: 400,
    storeRetryDelaysMs: STORE_RETRY_DELAYS_MS,
    sweepMs: 10 * 60_000,
  }
}
