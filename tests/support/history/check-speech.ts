import { isSeqAtOrBelow, isTurnAtOrBelow } from '../../../shared/protocol/media-frame.ts'
import { type ServerMessageOf } from '../../../shared/protocol/server-message.ts'
import { type HistoryLine, type ReceivedFrame, type StoredConversation } from './line.ts'
import { Follower, isMessage, placeOf, type Placed, type Thread, threadsOf } from './threads.ts'
import { type Evidence, type Violation } from './violation.ts'

type Speech = Extract<ReceivedFrame, { kind: 'speech' }>

/**
 * Promise 6: speech is not played again, an answer with a hole in its sound is marked as interrupted, and no turn begins
 * under a number whose speech the client already drops.
 */
export function checkSpeech({ lines, stored }: Evidence): readonly Violation[] {
  const hadCrash = lines.some((line: HistoryLine) => line.event === 'fault' && line.what === 'killed')
  return threadsOf(lines).flatMap((thread) => checkThread(thread, stored, hadCrash))
}

function checkThread(thread: Thread, stored: readonly StoredConversation[], hadCrash: boolean): readonly Violation[] {
  const violations: Violation[] = []
  const follower = new Follower()
  const listener = new Listener(stored, hadCrash)
  for (const line of thread.lines) {
    const before = follower.conversation
    follower.take(line)
    if (follower.conversation !== before) listener.begin()
    if (line.event !== 'received' || follower.ready === undefined) continue
    violations.push(...listener.take(line, line.frame, follower.ready))
  }
  return violations
}

/** What one client heard of one conversation. */
class Listener {
  readonly #stored: readonly StoredConversation[]
  readonly #hadCrash: boolean
  #newest: { readonly speech: Speech; readonly socket: number } | undefined
  #interruptedTurn: number | undefined

  /** @param hadCrash an instance was killed: its successor may not know how far the speech had come */
  constructor(stored: readonly StoredConversation[], hadCrash: boolean) {
    this.#stored = stored
    this.#hadCrash = hadCrash
  }

  begin(): void {
    this.#newest = undefined
    this.#interruptedTurn = undefined
  }

  take(line: Placed, frame: ReceivedFrame, ready: ServerMessageOf<'session.ready'>): readonly Violation[] {
    if (!isMessage(frame)) return this.#speech(line, frame, ready)
    if (frame.type === 'turn.interrupted') this.#interruptedTurn = Math.max(this.#interruptedTurn ?? 0, frame.turn)
    if (frame.type !== 'turn.start' || this.#interruptedTurn === undefined) return []
    if (!isTurnAtOrBelow(frame.turn, this.#interruptedTurn)) return []
    const sentence = `Turn ${frame.turn} began after ${this.#interruptedTurn} was interrupted: it is not heard (${placeOf(line)}).`
    return [{ kind: 'turn used again', sentence }]
  }

  #speech(line: Placed, speech: Speech, ready: ServerMessageOf<'session.ready'>): readonly Violation[] {
    const newest = this.#newest
    this.#newest = { speech, socket: line.socket }
    if (newest === undefined) return []
    if (isSeqAtOrBelow(speech.seq, newest.speech.seq)) {
      if (this.#hadCrash && newest.socket !== line.socket) return []
      const sentence = `Speech frame ${speech.seq} came after ${newest.speech.seq} (${placeOf(line)}).`
      return [{ kind: 'speech doubled', sentence }]
    }
    const hasHole = speech.seq !== newest.speech.seq + 1 && speech.turn === newest.speech.turn
    return hasHole && newest.socket !== line.socket ? this.#checkMark(line, speech.turn, ready) : []
  }

  /** What was stored before the client came back could not be known to be cut. */
  #checkMark(line: Placed, turn: number, ready: ServerMessageOf<'session.ready'>): readonly Violation[] {
    const conversation = this.#stored.find(({ id }) => id === ready.sessionId)
    const answer = conversation?.entries.find(
      (entry) => entry.turn % 65_536 === turn && entry.role === 'assistant' && entry.seq > ready.seq,
    )
    if (answer === undefined || answer.interrupted === true) return []
    const sentence = `The answer of turn ${turn} has a hole in its sound and is stored as whole (${placeOf(line)}).`
    return [{ kind: 'cut not marked', sentence }]
  }
}
