import { MICROPHONE_RATE_HZ, pcmDurationMs } from '../../shared/audio/audio-format.ts'
import { type LiveConnection } from '../live/live-model.ts'

export interface UplinkCallbacks {
  /** This microphone frame was handed to the brain. */
  readonly onHanded: (seq: number) => void
  /** So much of the microphone fell off while the brain could not take it, ms; told when it can again. */
  readonly onLost: (lostMs: number) => void
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

/** How often what waits is handed over, ms. */
const TICK_MS = 20

/** More than this on the way to the brain, bytes, is some 6 s of speech: it does not read, so the rest waits here. */
const STALLED_BYTES = 256 * 1024

type Signal = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'start' | 'end' | 'pause' }
type Waiting =
  Signal | { readonly kind: 'audio'; readonly seq: number; readonly pcm: Uint8Array; readonly durationMs: number }

/**
 * What the user says on its way to the brain, in order. With a brain that listens a microphone frame goes straight
 * through; otherwise everything waits here, the oldest sound falling off after 15 s.
 */
export class Uplink {
  readonly #callbacks: UplinkCallbacks
  #connection: LiveConnection | undefined
  readonly #waiting: Waiting[] = []
  #waitingMs = 0
  #waitingSignals = 0
  #lostMs = 0
  /** How much sound may be handed over now, ms. */
  #allowanceMs = 0
  #timer: NodeJS.Timeout | undefined

  constructor(callbacks: UplinkCallbacks) {
    this.#callbacks = callbacks
  }

  /** @param pcm PCM16 mono 16 kHz, one frame; handed over or copied before the call returns */
  audio(seq: number, pcm: Uint8Array): void {
    const connection = this.#listening()
    if (connection !== undefined) {
      connection.sendAudio(pcm)
      this.#callbacks.onHanded(seq)
      return
    }
    const durationMs = Math.max(MIN_FRAME_MS, pcmDurationMs(pcm.byteLength, MICROPHONE_RATE_HZ))
    this.#waiting.push({ kind: 'audio', seq, pcm: pcm.slice(), durationMs })
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

  /** The brain is gone. */
  detach(): void {
    this.#connection = undefined
    this.#stopTimer()
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
      say(connection, signal)
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
        say(connection, next)
      }
    }
  }

  #hand(connection: LiveConnection, { seq, pcm, durationMs }: Extract<Waiting, { kind: 'audio' }>): void {
    this.#waitingMs -= durationMs
    this.#allowanceMs -= durationMs
    connection.sendAudio(pcm)
    this.#callbacks.onHanded(seq)
  }

  #stopTimer(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #dropOldestAudio(): void {
    const index = this.#waiting.findIndex(({ kind }) => kind === 'audio')
    const [oldest] = this.#waiting.splice(index, 1)
    if (oldest?.kind !== 'audio') return
    this.#waitingMs -= oldest.durationMs
    this.#lostMs += oldest.durationMs
  }
}

function say(connection: LiveConnection, signal: Signal): void {
  switch (signal.kind) {
    case 'text':
      connection.sendText(signal.text)
      return
    case 'start':
      connection.activityStart()
      return
    case 'end':
      connection.activityEnd()
      return
    case 'pause':
      connection.audioEnd()
  }
}
