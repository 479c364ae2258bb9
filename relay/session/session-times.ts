/** How long a session waits for what; tests shorten them, nobody else has reason to. */
export interface SessionTimes {
  /** From the upgrade to `session.start`, ms: nobody holds a socket without talking. */
  readonly startMs: number
  /** A client that sent nothing for this long is gone, ms; it pings every 10 s. */
  readonly silenceMs: number
  /** A conversation in which nobody said anything for this long is over, ms. */
  readonly idleMs: number
  /** Waits before the brain is called again, ms; after the last of them it is given up. */
  readonly brainRetryDelaysMs: readonly number[]
  readonly patience: Patience
}

/** How long the brain may owe something before the talk goes on without it, ms. */
export interface Patience {
  /** After `interrupted` the end of the cut answer follows at once. */
  readonly cutAnswerMs: number
  /** After a tool's answer the model has to think before it speaks. */
  readonly toolAnswerMs: number
}

/** @param idleMs `ASIDE_SESSION_IDLE` */
export function sessionTimes(idleMs: number): SessionTimes {
  const patience = { cutAnswerMs: 2_000, toolAnswerMs: 8_000 }
  return { startMs: 5_000, silenceMs: 25_000, idleMs, brainRetryDelaysMs: [250, 1_000, 4_000], patience }
}
