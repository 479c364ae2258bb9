import { type ServerMessage, type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { type JournalEntry } from '../store/journal.ts'
import { type Outbox } from '../transport/outbox.ts'
import { LONG_AGO_MS } from './long-ago.ts'

/** What a talk says to its client, whichever socket that has. */
export interface ToClient {
  sendMessage(message: ServerMessage): void
  /**
   * @param turn counted from 1, not modulo
   * @param positionMs position of the first sample in the turn, ms
   * @param pcm PCM16 mono little-endian 24 kHz; copied before the call returns
   */
  sendSpeech(turn: number, positionMs: number, pcm: Uint8Array): void
  /** Drops the speech of this turn and all before it that has not left yet. */
  interrupted(turn: number): void
}

/** Where an earlier holder of the conversation left it. */
export interface DownlinkBefore {
  /** Newest speech frame the client may have. */
  readonly speechSeq: number
  /** Newest turn: it and those before it are over. */
  readonly turn: number
  /** But for this one, of whose end the client is told otherwise. */
  readonly openTurn?: number
}

/** More turns than end between a line's break and its being noticed. */
const MAX_ENDS = 16

/** What may happen in two minutes without a client, while the brain is not read. */
const MAX_KEPT = 256

/**
 * The way down to the client, over all its sockets. Without one it keeps what a client that returns has to know; what was
 * said is not kept here: it is in the journal, and told from there.
 */
export class Downlink implements ToClient {
  #outbox: Outbox | undefined
  /** Oldest first, at most {@link MAX_KEPT}; finals stand for their place in the order. */
  #kept: ServerMessage[] = []
  #state: ServerMessageOf<'session.state'> | undefined
  readonly #before: DownlinkBefore
  /** Ends of turns that were told, newest last: one may have been on the way when the line broke. */
  readonly #ends = new Map<number, ServerMessage>()
  #newestTurn: number
  #speechSeq: number
  #spokeAtMs = LONG_AGO_MS
  #speechBytes = 0

  constructor(before: DownlinkBefore) {
    this.#before = before
    this.#newestTurn = before.turn
    this.#speechSeq = before.speechSeq
  }

  get speechSeq(): number {
    return this.#speechSeq
  }

  /** When speech last left for the client, whole ms of `performance.now`. */
  get spokeAtMs(): number {
    return this.#spokeAtMs
  }

  /** @returns how much speech was taken since the last call, bytes of PCM16 at 24 kHz */
  takeSpeechBytes(): number {
    const bytes = this.#speechBytes
    this.#speechBytes = 0
    return bytes
  }

  sendMessage(message: ServerMessage): void {
    if (message.type === 'session.state') this.#state = message
    if (message.type === 'turn.start') this.#newestTurn = message.turn
    if (message.type === 'turn.complete') this.#remember(message)
    if (this.#outbox !== undefined) this.#outbox.sendMessage(message)
    else if (isKept(message)) {
      this.#kept.push(message)
      if (this.#kept.length > MAX_KEPT) this.#kept.shift()
    }
  }

  sendSpeech(turn: number, positionMs: number, pcm: Uint8Array): void {
    if (this.#outbox === undefined) return
    this.#speechSeq = (this.#speechSeq + 1) >>> 0
    this.#spokeAtMs = Math.trunc(performance.now())
    this.#speechBytes += pcm.byteLength
    this.#outbox.sendSpeech(turn, this.#speechSeq, positionMs, pcm)
  }

  interrupted(turn: number): void {
    this.#outbox?.interrupted(turn)
  }

  /** The client is gone. */
  detach(): void {
    this.#outbox = undefined
  }

  /**
   * The client is back, and was told `session.ready`.
   *
   * @param missed entries it does not have, oldest first; it is told each once, and in order with what else was kept.
   *   Undefined when it got the conversation as history: what was kept is part of that.
   */
  attach(outbox: Outbox, missed: readonly JournalEntry[] | undefined): void {
    this.#outbox = outbox
    const kept = this.#kept
    this.#kept = []
    if (missed !== undefined) for (const message of this.#inOrder(missed, kept)) outbox.sendMessage(message)
    if (this.#state !== undefined) outbox.sendMessage(this.#state)
  }

  /** Puts entries from the journal where their finals stand; those that were on the way when the line broke come first. */
  *#inOrder(missed: readonly JournalEntry[], kept: readonly ServerMessage[]): Generator<ServerMessage> {
    const keptEnds = new Set(kept.flatMap((message) => (message.type === 'turn.complete' ? [message.turn] : [])))
    const endOf = (turn: number) => (keptEnds.has(turn) ? undefined : this.#endOf(turn))
    let next = 0
    // Nothing else shows whether the end of the newest turn arrived: it is told again.
    const isToldLater = keptEnds.has(this.#newestTurn) || missed.some(({ turn }) => turn === this.#newestTurn)
    const newestEnd = this.#ends.get(this.#newestTurn)
    if (newestEnd !== undefined && !isToldLater) yield newestEnd
    function* below(seq: number): Generator<ServerMessage> {
      for (let entry = missed[next]; entry !== undefined && entry.seq < seq; entry = missed[++next]) {
        yield { type: 'transcript.final', ...entry }
        const { turn, interrupted } = entry
        const end = missed[next + 1]?.turn === turn ? undefined : endOf(turn)
        if (end === undefined) continue
        // Who missed the words missed what followed them.
        if (interrupted === true) yield { type: 'turn.interrupted', turn }
        yield end
      }
    }
    yield* below(kept.find((message) => message.type === 'transcript.final')?.seq ?? Infinity)
    for (const message of kept) {
      if (message.type === 'transcript.final') {
        yield* below(message.seq)
        if (missed[next]?.seq === message.seq) next++
      }
      yield message
    }
    yield* below(Infinity)
  }

  /** @returns undefined while the turn is under way, as far as is known here */
  #endOf(turn: number): ServerMessage | undefined {
    const told = this.#ends.get(turn)
    if (told !== undefined) return told
    const { turn: newest, openTurn } = this.#before
    return turn <= newest && turn !== openTurn ? { type: 'turn.complete', turn, timings: {} } : undefined
  }

  /** Without what came over that socket: it is told over another one. */
  #remember({ received: _, ...end }: ServerMessageOf<'turn.complete'>): void {
    this.#ends.set(end.turn, end)
    for (const oldest of this.#ends.keys()) {
      if (this.#ends.size <= MAX_ENDS) break
      this.#ends.delete(oldest)
    }
  }
}

function isKept({ type }: ServerMessage): boolean {
  switch (type) {
    case 'transcript.delta':
    case 'audio.ack':
    case 'pong':
    // The newest is told anyway, and calls that still wait are made again.
    case 'session.state':
    case 'tool.call':
      return false
    default:
      return true
  }
}
