import { type TurnUsage } from '../shared/protocol/server-message.ts'

/** What became of one turn, when. Times are ms of `performance.now`. */
export interface TurnReport {
  /** The conversation's id; it is hashed before it leaves the process. */
  readonly session: string
  readonly turn: number
  /** The marks of docs/protocol.md §4 that were reached; none where nobody spoke and nothing was answered. */
  readonly marks: Readonly<Partial<Record<TurnMark, number>>>
  readonly tools: readonly { readonly name: string; readonly startMs: number; readonly endMs?: number }[]
  readonly endMs: number
  readonly usage?: TurnUsage
}

type TurnMark = 'speechEnd' | 'inputFinal' | 'firstAudioUpstream' | 'firstAudioSent'

/** Tells an operator's collector where the time of a turn went; never what was said in it, nor by whom. */
export interface Tracing {
  /** @returns the id of its trace; undefined when nobody collects traces */
  turnCompleted(report: TurnReport): string | undefined
  /** Sends what waits, for at most a second. Never rejects. */
  close(): Promise<void>
}

/** Traces nothing: without a collector. */
export function silentTracing(): Tracing {
  return { turnCompleted: () => undefined, close: () => Promise.resolve() }
}
