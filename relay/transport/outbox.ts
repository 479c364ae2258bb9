import { CLOSE } from '../../shared/protocol/close-code.ts'
import { encodeMessage } from '../../shared/protocol/codec.ts'
import { HEADER_BYTES, writeMediaFrame } from '../../shared/protocol/media-frame.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { type Peer } from './transport.ts'

/** Above this the brain is asked to pause, bytes: about ten seconds of speech. */
export const HIGH_WATER_BYTES = 512 * 1024

/** At or below this it goes on, bytes: far enough below that the two do not alternate with every frame. */
export const LOW_WATER_BYTES = 128 * 1024

/** Above this for {@link SLOW_READER_MS} the peer is given up, bytes. */
export const SLOW_READER_BYTES = 1024 * 1024
export const SLOW_READER_MS = 5_000

/**
 * What the engine gets ahead of the network, bytes. What it has, it sends; what waits here can still be dropped when its
 * turn is interrupted, so on a slow line silence comes after 64 KiB of old speech (1.4 s) instead of half a megabyte.
 */
export const ENGINE_SHARE_BYTES = 64 * 1024

export interface OutboxCallbacks {
  /** More than {@link HIGH_WATER_BYTES} wait: stop reading from the brain. */
  readonly onPause: () => void
  /** The queue is short again. */
  readonly onResume: () => void
}

/** Everything that leaves for one peer goes through here, in order. */
export interface Outbox {
  /** Queues a text frame: these are never dropped. */
  sendMessage(message: ServerMessage): void
  /**
   * Queues one frame of speech, unless its turn was interrupted.
   *
   * @param turn counted from 1, not modulo
   * @param seq grows by one per speech frame; wraps at 2³²
   * @param positionMs position of the first sample in the turn, ms
   * @param pcm PCM16 mono little-endian 24 kHz; copied before the call returns
   * @returns whether it was queued
   */
  sendSpeech(turn: number, seq: number, positionMs: number, pcm: Uint8Array): boolean
  /** Drops the speech of this turn and all before it, also what waits here already. */
  interrupted(turn: number): void
  /** To be called from the peer's `onDrain`. */
  drained(): void
  /** Sends everything of `write` in one system call, where the engine can. */
  cork(write: () => void): void
  /** Bytes on their way: here and in the engine. */
  queuedBytes(): number
  /** Forgets the queue; to be called when the peer has closed. */
  dispose(): void
}

type Waiting =
  | { readonly kind: 'message'; readonly text: string; readonly bytes: number }
  | { readonly kind: 'speech'; readonly turn: number; readonly frame: Uint8Array; readonly bytes: number }

/** What goes straight to an engine is built here, by all: so speech costs no memory. {@link PeerOutbox.#isFree} is the bound. */
const scratch = Buffer.allocUnsafeSlow(ENGINE_SHARE_BYTES)

/** Puts the policy of outgoing frames (design: "outgoing per peer") in front of a peer. */
export function createOutbox(peer: Peer, callbacks: OutboxCallbacks): Outbox {
  return new PeerOutbox(peer, callbacks)
}

class PeerOutbox implements Outbox {
  readonly #peer: Peer
  readonly #callbacks: OutboxCallbacks
  /** Bounded by the pause of the brain and, past that, by the end of a slow reader. */
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #interruptedTurn = 0
  #paused = false
  #disposed = false
  #slowTimer: NodeJS.Timeout | undefined

  constructor(peer: Peer, callbacks: OutboxCallbacks) {
    this.#peer = peer
    this.#callbacks = callbacks
  }

  sendMessage(message: ServerMessage): void {
    const text = encodeMessage(message)
    if (this.#isFree(text.length)) this.#peer.sendText(text)
    else this.#put({ kind: 'message', text, bytes: Buffer.byteLength(text) })
  }

  sendSpeech(turn: number, seq: number, positionMs: number, pcm: Uint8Array): boolean {
    if (turn <= this.#interruptedTurn || this.#disposed) return false
    const bytes = HEADER_BYTES + pcm.byteLength
    const isFree = this.#isFree(bytes)
    const frame = isFree ? scratch.subarray(0, bytes) : Buffer.allocUnsafe(bytes)
    writeMediaFrame(frame, { kind: 'speech', seq, timeMs: positionMs, turn, payload: pcm })
    if (isFree) this.#peer.sendBinary(frame)
    else this.#put({ kind: 'speech', turn, frame, bytes })
    return true
  }

  interrupted(turn: number): void {
    this.#interruptedTurn = Math.max(this.#interruptedTurn, turn)
    this.#waiting = this.#waiting.filter((item) => item.kind === 'message' || item.turn > this.#interruptedTurn)
    this.#waitingBytes = this.#waiting.reduce((sum, { bytes }) => sum + bytes, 0)
    this.drained()
  }

  drained(): void {
    if (this.#disposed) return
    this.#pump()
    this.#measure()
  }

  cork(write: () => void): void {
    this.#peer.cork(write)
  }

  queuedBytes(): number {
    return this.#waitingBytes + this.#peer.bufferedBytes()
  }

  dispose(): void {
    this.#disposed = true
    this.#stopTimer()
    this.#waiting = []
    this.#waitingBytes = 0
  }

  /** Nothing waits, and so much more changes nothing: as nearly always, the engine gets it at once. */
  #isFree(bytes: number): boolean {
    if (this.#waiting.length > 0 || this.#paused || this.#disposed || bytes > ENGINE_SHARE_BYTES) return false
    return this.#slowTimer === undefined && this.#peer.bufferedBytes() < ENGINE_SHARE_BYTES
  }

  #put(item: Waiting): void {
    if (this.#disposed) return
    this.#waiting.push(item)
    this.#waitingBytes += item.bytes
    this.drained()
  }

  #pump(): void {
    let count = 0
    while (this.#peer.bufferedBytes() < ENGINE_SHARE_BYTES) {
      const item = this.#waiting[count]
      if (item === undefined) break
      if (item.kind === 'message') this.#peer.sendText(item.text)
      else this.#peer.sendBinary(item.frame)
      count++
    }
    for (const { bytes } of this.#waiting.splice(0, count)) this.#waitingBytes -= bytes
  }

  #measure(): void {
    const bytes = this.queuedBytes()
    if (!this.#paused && bytes > HIGH_WATER_BYTES) {
      this.#paused = true
      this.#callbacks.onPause()
    } else if (this.#paused && bytes <= LOW_WATER_BYTES) {
      this.#paused = false
      this.#callbacks.onResume()
    }
    if (bytes > SLOW_READER_BYTES) this.#slowTimer ??= setTimeout(() => this.#giveUp(), SLOW_READER_MS)
    else this.#stopTimer()
  }

  #giveUp(): void {
    this.#peer.close(CLOSE.slowReader, 'The connection is too slow for speech.')
  }

  #stopTimer(): void {
    clearTimeout(this.#slowTimer)
    this.#slowTimer = undefined
  }
}
