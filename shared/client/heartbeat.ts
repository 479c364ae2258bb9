/** How often the link is looked at; also how exact the other times are. */
const TICK_MS = 1000

/** While talking a dead link must be noticed within a sentence; idle it only has to be kept open (docs/protocol.md §2.1). */
const TALKING = { pingMs: 3000, silenceMs: 8000 } as const
const IDLE = { pingMs: 10_000, silenceMs: 25_000 } as const

/** How long after the last audio, either way, the conversation still counts as talking. */
const TALK_WINDOW_MS = 5000

/** A tick this late means the machine slept or stalled: what arrived meanwhile may still wait in the event queue. */
const STALL_MS = 3000

/** After a stall the other side gets this long to show that it is there. */
const GRACE_MS = 3000

export interface HeartbeatOptions {
  readonly ping: () => void
  /** Called once, after which the heartbeat is over. */
  readonly onLost: (silenceMs: number) => void
}

/**
 * Finds out that a link is dead: a browser does not say so for minutes when a laptop slept or a router forgot the
 * connection. Runs until `stop`.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  #timer: ReturnType<typeof setTimeout> | undefined
  #tickedAt: number
  #pingedAt: number
  #receivedAt: number
  /** The silence while talking counts from here at the earliest: idle silence before it was allowed to be longer. */
  #talkingSince: number
  #talkedAt = -Infinity

  constructor(options: HeartbeatOptions) {
    this.#options = options
    const now = performance.now()
    this.#tickedAt = now
    this.#pingedAt = now
    this.#receivedAt = now
    this.#talkingSince = now
    this.#timer = setTimeout(this.#tick, TICK_MS)
  }

  /** Anything came from the other side. */
  received(): void {
    this.#receivedAt = performance.now()
  }

  /** Microphone audio was sent, or speech came. */
  talked(): void {
    const now = performance.now()
    if (!this.#isTalking(now)) {
      this.#talkingSince = now
      this.#ping(now)
    }
    this.#talkedAt = now
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  readonly #tick = (): void => {
    const now = performance.now()
    const pace = this.#isTalking(now) ? TALKING : IDLE
    if (now - this.#tickedAt > TICK_MS + STALL_MS) {
      this.#receivedAt = Math.max(this.#receivedAt, now - pace.silenceMs + GRACE_MS)
      this.#ping(now)
    }
    this.#tickedAt = now
    const silenceMs = now - this.#silentSince(pace === TALKING)
    if (silenceMs >= pace.silenceMs) {
      this.stop()
      this.#options.onLost(Math.round(silenceMs))
      return
    }
    if (now - this.#pingedAt >= pace.pingMs) this.#ping(now)
    this.#timer = setTimeout(this.#tick, TICK_MS)
  }

  #silentSince(talking: boolean): number {
    return talking ? Math.max(this.#receivedAt, this.#talkingSince) : this.#receivedAt
  }

  #isTalking(now: number): boolean {
    return now - this.#talkedAt < TALK_WINDOW_MS
  }

  #ping(now: number): void {
    this.#pingedAt = now
    this.#options.ping()
  }
}
