import { MICROPHONE_RATE_HZ, pcmDurationMs, SAMPLE_BYTES } from '../../shared/audio/audio-format.ts'
import { type LiveConnection } from '../live/live-model.ts'
import { type AudioAck } from './audio-ack.ts'
import { type SoundBlocks } from './sound-blocks.ts'
import { Utterance } from './utterance.ts'

export interface UplinkCallbacks {
  /** Is told which microphone frames were handed to the brain. */
  readonly ack: Pick<AudioAck, 'handed'>
  /** So much of the microphone fell off while the brain could not take it, ms; told when it can again. */
  readonly onLost: (lostMs: number) => void
  /** Somebody spoke for so long, ms, was silent since for 12 s, and the answer has not begun. */
  readonly onUnanswered: (speechMs: number) => void
}

/** What a person may say while the brain is away, ms (docs/protocol.md §2.5). */
const MAX_WAITING_MS = 15_000

/** Words and signals that may wait besides; a client that has no answer yet says few. */
const MAX_WAITING_SIGNALS = 256

/** What waited is handed over at most this much faster than it was spoken, or voice detection would stumble. */
const CATCH_UP = 4

/** The most that is handed over at once after a pause, ms of sound. */
const MAX_ALLOWANCE_MS = 640

/** A frame counts as at least this long, ms, so that not even frames without sound can pile up. */
const MIN_FRAME_MS = 8

/** Microphone sound. */
const BYTES_PER_MS = (MICROPHONE_RATE_HZ * SAMPLE_BYTES) / 1000

/** How often what waits is handed over, ms. */
const TICK_MS = 20

/** More than this on the way to the brain, bytes, is some 6 s of speech: it does not read, so the rest waits here. */
const STALLED_BYTES = 256 * 1024

type Signal = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'start' | 'end' | 'pause' }
interface WaitingAudio {
  readonly kind: 'audio'
  /** Absent: another brain had it before, and the client was told so. */
  readonly seq?: number
  readonly pcm: Uint8Array
  readonly durationMs: number
  readonly isSpeech: boolean
}

type Waiting = Signal | WaitingAudio

/** What a lost brain had and the next one is given again. */
export type Repeated = 'sound' | 'words'

/** Sound is repeated in pieces of this size, bytes: 64 ms. */
const PIECE_BYTES = 2048

/**
 * What the user says on its way to the brain, in order. With a brain that listens a microphone frame goes straight
 * through; otherwise everything waits here, the oldest sound falling off after 15 s. What a brain was given and did not
 * answer is remembered, for the next one.
 */
export class Uplink {
  readonly #callbacks: UplinkCallbacks
  /** Of those: it is called with every frame. */
  readonly #ack: UplinkCallbacks['ack']
  #connection: LiveConnection | undefined
  readonly #waiting: Waiting[] = []
  readonly #utterance: Utterance
  /** Words that were given and are not answered. */
  #words: string | undefined
  /** `start` was given, and no `end` since. */
  #isHeld = false
  #waitingMs = 0
  #waitingSignals = 0
  #lostMs = 0
  /** How much sound may be handed over now, ms. */
  #allowanceMs = 0
  #timer: NodeJS.Timeout | undefined

  /** @param memory for what is remembered */
  constructor(callbacks: UplinkCallbacks, memory: SoundBlocks) {
    this.#callbacks = callbacks
    this.#ack = callbacks.ack
    this.#utterance = new Utterance(memory)
  }

  /**
   * @param pcm PCM16 mono 16 kHz, one frame; handed over or copied before the call returns
   * @param isSpeech not merely the sound of a room
   */
  audio(seq: number, pcm: Uint8Array, isSpeech: boolean): void {
    const connection = this.#listening()
    if (connection !== undefined) {
      this.#give(connection, pcm, isSpeech)
      this.#ack.handed(seq)
      return
    }
    const durationMs = Math.max(MIN_FRAME_MS, pcmDurationMs(pcm.byteLength, MICROPHONE_RATE_HZ))
    this.#waiting.push({ kind: 'audio', seq, pcm: new Uint8Array(pcm), durationMs, isSpeech })
    this.#waitingMs += durationMs
    while (this.#waitingMs > MAX_WAITING_MS) this.#dropOldestAudio()
  }

  /** Typed words. @returns whether they were taken */
  text(text: string): boolean {
    return this.#signal({ kind: 'text', text })
  }

  /** Hold-to-talk begins (`start`) or ends (`end`), or the microphone pauses. */
  signal(kind: 'start' | 'end' | 'pause'): void {
    this.#signal({ kind })
  }

  /** A brain is there: it gets what waits, then what comes. */
  attach(connection: LiveConnection): void {
    this.#connection = connection
    if (this.#lostMs > 0) this.#callbacks.onLost(this.#lostMs)
    this.#lostMs = 0
    this.#allowanceMs = 0
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS)
  }

  /** Nothing is given any more. */
  detach(): void {
    this.#connection = undefined
    this.#stopTimer()
  }

  /** The conversation is over: nothing is given any more, and nothing kept. */
  dispose(): void {
    this.detach()
    this.#utterance.forget()
  }

  /**
   * The brain is gone. What it was given and did not answer is put before what waits, for the next one.
   *
   * @returns what the next one will be given again
   */
  lost(mayRepeat: boolean): Repeated | undefined {
    this.detach()
    const words = this.#words
    const { isUnanswered, isHeld, end } = this.#utterance
    const again: Waiting[] = []
    if (mayRepeat && words !== undefined) again.push({ kind: 'text', text: words })
    if (mayRepeat && isUnanswered) {
      if (isHeld) again.push({ kind: 'start' })
      again.push(...this.#utterance.take().flatMap(piecesOf))
      if (end !== undefined) again.push({ kind: end })
    } else if (this.#isHeld) again.push({ kind: 'start' })
    this.answered()
    this.#isHeld = false
    this.#waiting.unshift(...again)
    this.#waitingSignals += again.filter(({ kind }) => kind !== 'audio').length
    // Also what waited all the while because this brain was lost before it could be given.
    if (this.#waiting.some((waiting) => waiting.kind === 'audio' && waiting.isSpeech)) return 'sound'
    return this.#waiting.some(({ kind }) => kind === 'text') ? 'words' : undefined
  }

  /** Turns are taken in another way from now on, in which a brain would hang up on what was said in the old one. */
  turnTakingChanged(): void {
    const words = this.#waiting.filter(({ kind }) => kind === 'text')
    this.#waiting.splice(0, this.#waiting.length, ...words)
    this.#waitingSignals = words.length
    this.#lostMs += this.#waitingMs
    this.#waitingMs = 0
    this.#isHeld = false
    this.#utterance.settle()
  }

  /** What was said is being answered: no other brain needs to hear it. */
  answered(): void {
    this.#utterance.settle()
    this.#words = undefined
  }

  /** What was said was understood as a whole: another brain can have it in words. */
  understood(words: string): void {
    this.#utterance.settle()
    this.#words = words
  }

  /** Whether something waits for the brain. */
  get isBusy(): boolean {
    return this.#waiting.length > 0
  }

  /** Whether somebody said something that is not answered. */
  get hasUnanswered(): boolean {
    return this.#utterance.isUnanswered || this.#words !== undefined
  }

  /** Sound that waits, bytes. */
  get waitingBytes(): number {
    return Math.round(this.#waitingMs * BYTES_PER_MS)
  }

  /** @returns the connection when it can take something at once, in order */
  #listening(): LiveConnection | undefined {
    const connection = this.#connection
    if (connection === undefined || this.#waiting.length > 0) return undefined
    if (connection.bufferedBytes() <= STALLED_BYTES) return connection
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS)
    return undefined
  }

  #signal(signal: Signal): boolean {
    const connection = this.#listening()
    if (connection !== undefined) {
      this.#say(connection, signal)
      return true
    }
    if (this.#waitingSignals >= MAX_WAITING_SIGNALS) return false
    this.#waitingSignals++
    this.#waiting.push(signal)
    return true
  }

  #tick(): void {
    this.#allowanceMs = Math.min(MAX_ALLOWANCE_MS, this.#allowanceMs + TICK_MS * CATCH_UP)
    const connection = this.#connection
    while (connection !== undefined && connection.bufferedBytes() <= STALLED_BYTES) {
      const next = this.#waiting[0]
      if (next === undefined) {
        this.#stopTimer()
        return
      }
      if (next.kind === 'audio' && next.durationMs > this.#allowanceMs) return
      this.#waiting.shift()
      if (next.kind === 'audio') this.#hand(connection, next)
      else {
        this.#waitingSignals--
        this.#say(connection, next)
      }
    }
  }

  #hand(connection: LiveConnection, { seq, pcm, durationMs, isSpeech }: WaitingAudio): void {
    this.#allowanceMs -= durationMs
    this.#give(connection, pcm, isSpeech)
    if (seq === undefined) return
    this.#waitingMs -= durationMs
    this.#ack.handed(seq)
  }

  #give(connection: LiveConnection, pcm: Uint8Array, isSpeech: boolean): void {
    connection.sendAudio(pcm)
    const { speechMs } = this.#utterance
    if (this.#utterance.given(pcm, isSpeech)) this.#callbacks.onUnanswered(speechMs)
  }

  #say(connection: LiveConnection, signal: Signal): void {
    switch (signal.kind) {
      case 'text':
        connection.sendText(signal.text)
        // Who types has done with what was said before.
        this.understood(signal.text)
        return
      case 'start':
        connection.activityStart()
        this.#utterance.begin()
        this.#isHeld = true
        return
      case 'end':
        connection.activityEnd()
        this.#utterance.ended('end')
        this.#isHeld = false
        return
      case 'pause':
        connection.audioEnd()
        this.#utterance.ended('pause')
    }
  }

  #stopTimer(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #dropOldestAudio(): void {
    const index = this.#waiting.findIndex((waiting) => waiting.kind === 'audio' && waiting.seq !== undefined)
    const [oldest] = this.#waiting.splice(index, 1)
    if (oldest?.kind !== 'audio') return
    this.#waitingMs -= oldest.durationMs
    this.#lostMs += oldest.durationMs
  }
}

function piecesOf(block: Uint8Array): readonly WaitingAudio[] {
  const pieces: WaitingAudio[] = []
  for (let offset = 0; offset < block.length; offset += PIECE_BYTES) {
    const pcm = block.subarray(offset, offset + PIECE_BYTES)
    const durationMs = pcmDurationMs(pcm.byteLength, MICROPHONE_RATE_HZ)
    pieces.push({ kind: 'audio', pcm, durationMs, isSpeech: true })
  }
  return pieces
}
