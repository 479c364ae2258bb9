import { type TurnTimings } from '../../shared/protocol/server-message.ts'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type TurnReport } from '../tracing.ts'

type Mark = 'inputFinal' | 'firstAudioUpstream' | 'firstAudioSent'

interface ToolTimes {
  readonly name: string
  readonly startMs: number
  endMs?: number
}

/** The timing marks of one turn (docs/protocol.md §4). Times are ms of one clock; each mark is set once. */
export class TurnClock {
  #speechEndMs: number | undefined
  readonly #marks = new Map<Mark, number>()
  readonly #tools = new Map<string, ToolTimes>()

  /** @param speechEndMs when the user stopped speaking, or the typed text arrived; the zero of all other marks */
  speechEnded(speechEndMs: number): void {
    this.#speechEndMs ??= speechEndMs
  }

  mark(mark: Mark, nowMs: number): void {
    if (!this.#marks.has(mark)) this.#marks.set(mark, nowMs)
  }

  toolStarted(callId: string, name: string, nowMs: number): void {
    this.#tools.set(callId, { name, startMs: nowMs })
  }

  toolEnded(callId: string, nowMs: number): void {
    const tool = this.#tools.get(callId)
    if (tool !== undefined) tool.endMs ??= nowMs
  }

  /** @returns the marks as they were set, for traces */
  report(): Pick<TurnReport, 'marks' | 'tools'> {
    const marks = withoutUndefined({ speechEnd: this.#speechEndMs, ...Object.fromEntries(this.#marks) })
    return { marks, tools: [...this.#tools.values()] }
  }

  /** @returns ms since the end of speech; nothing when nobody spoke: a turn the model began has no zero */
  timings(): TurnTimings {
    const zero = this.#speechEndMs
    if (zero === undefined) return {}
    // A transcript may be complete before the last loud frame was seen; such a mark is at zero, not before it.
    const since = (timeMs: number) => Math.max(0, Math.round(timeMs - zero))
    const marks = [...this.#marks].map(([mark, timeMs]) => [mark, since(timeMs)] as const)
    const tools = [...this.#tools].map(([callId, { name, startMs, endMs }]) => ({
      callId,
      name,
      toolStart: since(startMs),
      ...(endMs === undefined ? {} : { toolEnd: since(endMs) }),
    }))
    return { speechEnd: 0, ...Object.fromEntries(marks), ...(tools.length === 0 ? {} : { tools }) }
  }
}
