import { type ServerMessageOf } from '../../../shared/protocol/server-message.ts'
import { type ClientLine, type HistoryLine, type ReceivedFrame } from './line.ts'

/** A line of one client, and where it stands among all, counted from 1. */
export type Placed<Line = ClientLine> = { readonly place: number; readonly at: number } & Line

/** What one client saw of its conversation, socket after socket, without what it did not look at. */
export interface Thread {
  readonly client: string
  readonly lines: readonly Placed[]
}

/** Takes the lines apart by client. */
export function threadsOf(lines: readonly HistoryLine[]): readonly Thread[] {
  const byClient = new Map<string, Placed[]>()
  for (const [index, line] of lines.entries()) {
    if (!('client' in line) || line.event === 'brain' || (line.event === 'received' && line.late === true)) continue
    const own = byClient.get(line.client) ?? []
    byClient.set(line.client, own)
    own.push({ ...line, place: index + 1 })
  }
  return [...byClient].map(([client, own]) => ({ client, lines: own }))
}

/** Follows a thread: after each `take`, the conversation and the socket it is in. */
export class Follower {
  conversation: string | undefined
  ready: ServerMessageOf<'session.ready'> | undefined
  socket = 0

  take(line: Placed): void {
    this.socket = line.socket
    if (line.event !== 'received' || !isMessage(line.frame) || line.frame.type !== 'session.ready') return
    this.conversation = line.frame.sessionId
    this.ready = line.frame
  }
}

export function isMessage(frame: ReceivedFrame): frame is Exclude<ReceivedFrame, { kind: 'speech' }> {
  return 'type' in frame
}

/** @returns where something happened, for a sentence */
export function placeOf({ client, socket, place }: Placed): string {
  return `client ${client}, socket ${socket}, line ${place}`
}
