import { type TurnTimings } from '../shared/protocol/server-message.ts'

/**
 * What the relay counts. The words of the rooms, not of the vendor: nobody but this file knows how it is kept. Names and
 * labels never hold an id, a user or a word somebody said.
 */
export interface Metrics {
  socketOpened(): void
  socketClosed(code: number): void
  /** A conversation has a client: a new one, one that went on where it was, or one that went on with a gap. */
  sessionAttached(how: 'new' | 'resumed' | 'history'): void
  /** @param durationMs from `session.start` to `session.ready` */
  sessionReady(how: 'new' | 'resumed' | 'history', durationMs: number): void
  /** Its client is gone, or it is over. */
  sessionDetached(): void
  turnCompleted(timings: TurnTimings): void
  toolEnded(where: 'relay' | 'browser' | 'model', phase: 'done' | 'failed' | 'cancelled', durationMs: number): void
  /** An `error` frame or a problem document with this stable code was sent. */
  errorTold(code: string): void
  /** A request was refused by a limit. */
  limited(what: string): void
  /** The brain completed its setup, or did not. */
  upstreamConnected(outcome: 'new' | 'resumed' | 'failed', durationMs: number): void
  upstreamClosed(code: number): void
  storeAsked(operation: string, isDone: boolean, durationMs: number): void
  requestAnswered(route: string, status: number, durationMs: number): void
  /** Bytes that wait for clients and for brains, and sessions that are held; asked whenever somebody looks. */
  observe(depths: () => { readonly outboxBytes: number; readonly uplinkBytes: number; readonly sessions: number }): void
}

/** Counts nothing: for tests, and wherever nobody looks. */
export function silentMetrics(): Metrics {
  return {
    socketOpened: nothing,
    socketClosed: nothing,
    sessionAttached: nothing,
    sessionReady: nothing,
    sessionDetached: nothing,
    turnCompleted: nothing,
    toolEnded: nothing,
    errorTold: nothing,
    limited: nothing,
    upstreamConnected: nothing,
    upstreamClosed: nothing,
    storeAsked: nothing,
    requestAnswered: nothing,
    observe: nothing,
  }
}

function nothing(): void {
  // On purpose.
}
