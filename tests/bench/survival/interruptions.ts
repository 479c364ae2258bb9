import { type HistoryLine } from '../../support/history/line.ts'
import { isMessage, threadsOf } from '../../support/history/threads.ts'

/** One time a client lost its line and came back. */
export interface Interruption {
  readonly client: string
  /** From the last frame it received to `session.ready`, ms. */
  readonly silentMs: number
  /** From the end of its socket to `session.ready`, ms. */
  readonly reconnectMs: number
}

/** Finds every interruption in a history. */
export function interruptionsOf(lines: readonly HistoryLine[]): readonly Interruption[] {
  const interruptions: Interruption[] = []
  for (const { client, lines: own } of threadsOf(lines)) {
    let receivedAt: number | undefined
    let closedAt: number | undefined
    for (const line of own) {
      if (line.event === 'closed') closedAt ??= line.at
      if (line.event !== 'received') continue
      const isReady = isMessage(line.frame) && line.frame.type === 'session.ready'
      if (isReady && receivedAt !== undefined && closedAt !== undefined) {
        interruptions.push({ client, silentMs: line.at - receivedAt, reconnectMs: line.at - closedAt })
      }
      if (isReady) closedAt = undefined
      receivedAt = line.at
    }
  }
  return interruptions
}
