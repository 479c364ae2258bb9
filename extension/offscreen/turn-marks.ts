import { type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type TurnLatency } from '../messaging/voice-state.ts'

/** Turns whose marks are kept: as many as captions are. */
const MAX_TURNS = 200

interface Marks {
  /** The first speech came, and the first sample of it was heard, ms of this document's clock. */
  arrivedMs?: number
  soundedMs?: number
  complete?: ServerMessageOf<'turn.complete'>
}

/**
 * When what of a turn happened. The relay's marks count from the end of the person's speech by its own clock. This document
 * cannot know that moment; it takes half of the quickest round trip for the way of the first speech from there to here, and
 * goes on by its own clock. That is wrong by at most that half: when one of the two ways takes all the time.
 */
export class TurnMarks {
  readonly #turns = new Map<number, Marks>()

  forget(): void {
    this.#turns.clear()
  }

  /** Speech of a turn came; only the first of it counts. */
  arrived(turn: number, nowMs: number): void {
    this.#of(turn).arrivedMs ??= nowMs
  }

  /** So much of a turn was heard by now. The first report of it tells best when its first sample sounded. */
  played(turn: number, playedMs: number, nowMs: number): void {
    if (playedMs > 0) this.#of(turn).soundedMs ??= nowMs - playedMs
  }

  completed(message: ServerMessageOf<'turn.complete'>): void {
    this.#of(message.turn).complete = message
  }

  /**
   * @param roundTripMs the quickest from here to the relay and back, where it is known
   * @returns undefined while the turn is not complete
   */
  latencyOf(turn: number, roundTripMs: number | undefined): TurnLatency | undefined {
    const { complete, arrivedMs, soundedMs } = this.#turns.get(turn) ?? {}
    if (complete === undefined) return undefined
    const { timings, usage, traceId } = complete
    const wayMs = roundTripMs === undefined ? undefined : roundTripMs / 2
    const sentMs = timings.firstAudioSent
    const isAnchored = sentMs !== undefined && wayMs !== undefined && arrivedMs !== undefined
    const firstAudioReceived = isAnchored ? sentMs + wayMs : undefined
    const firstSound =
      isAnchored && soundedMs !== undefined ? sentMs + wayMs + Math.max(0, soundedMs - arrivedMs) : undefined
    return withoutUndefined({ timings, firstAudioReceived, firstSound, wayMs, usage, traceId })
  }

  #of(turn: number): Marks {
    const marks = this.#turns.get(turn) ?? {}
    this.#turns.set(turn, marks)
    for (const oldest of this.#turns.keys()) {
      if (this.#turns.size <= MAX_TURNS) break
      this.#turns.delete(oldest)
    }
    return marks
  }
}
