import { type Turn } from './turn.ts'

/** How long an interrupted client may take to say what it played, ms (docs/protocol.md §2.2). */
const POSITION_WAIT_MS = 400

interface Position {
  readonly turn: number
  readonly playedMs: number
}

/** What the client says about how much of a turn reached its speaker. */
export class Playback {
  #newest: Position | undefined
  /** The user pressed stop exactly there. */
  #stopped: Position | undefined
  readonly #waiting = new Map<number, (playedMs?: number) => void>()
  #isClientAway = false

  report(turn: number, playedMs: number): void {
    this.#newest = { turn, playedMs }
    this.#waiting.get(turn)?.(playedMs)
  }

  /** Nobody is there to ask (or somebody is again): what was said last counts. */
  clientIsAway(isAway: boolean): void {
    this.#isClientAway = isAway
    if (isAway) for (const settle of this.#waiting.values()) settle()
  }

  stopped(turn: number, playedMs: number): void {
    this.#stopped = { turn, playedMs }
  }

  /**
   * How much of a turn that was just cut was heard: what the client says within 400 ms, else what it said last.
   * A client that never says anything is taken to have played since the first speech was sent.
   */
  async heardMs(turn: Turn): Promise<number> {
    if (this.#stopped?.turn === turn.id) return this.#stopped.playedMs
    const cutAtMs = performance.now()
    const told = this.#isClientAway ? undefined : await this.#nextReport(turn.id)
    if (told !== undefined) return told
    if (this.#newest?.turn === turn.id) return this.#newest.playedMs
    return turn.firstSentAtMs === undefined ? 0 : cutAtMs - turn.firstSentAtMs
  }

  #nextReport(turn: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const settle = (playedMs?: number) => {
        clearTimeout(timer)
        this.#waiting.delete(turn)
        resolve(playedMs)
      }
      const timer = setTimeout(settle, POSITION_WAIT_MS)
      this.#waiting.set(turn, settle)
    })
  }
}
