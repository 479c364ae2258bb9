import { setTimeout as sleep } from 'node:timers/promises'
import { pcmDurationMs, SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { type FirstClause } from './first-clause.ts'
import { type PlaybackClock } from './playback-clock.ts'
import { clausesOf } from './speak/clauses.ts'
import { type Voice } from './speak/speaker.ts'
import { type ServerContent, type ServerMessage } from './wire/server-message.ts'

/** 40 ms: in the range of 20–100 ms that clients are made for. */
const CHUNK_SAMPLES = 0.04 * SPEECH_RATE_HZ
/** Sound may be ahead of its playback by this much; more would only be thrown away at an interruption. */
const MAX_LEAD_MS = 2_000
/** A client that does not read must not fill our memory: about 20 s of speech as base64. */
const MAX_BUFFERED_BYTES = 1_000_000
const LOOK_AGAIN_MS = 20
const SPEECH_MIME_TYPE = `audio/pcm;rate=${SPEECH_RATE_HZ}`

/** Where a session's messages go. */
export interface Outlet {
  send(message: ServerMessage): void
  /** Bytes handed over and not yet written to the client. */
  bufferedBytes(): number
}

export interface ModelTurnParts {
  readonly firstClause: FirstClause
  readonly outlet: Outlet
  readonly speaker: Voice
  readonly playback: PlaybackClock
  /** Whether the client asked for outputTranscription. */
  readonly transcribe: boolean
  readonly signal: AbortSignal
}

/** One turn of the model being spoken: clause by clause, faster than it plays, but only so far ahead. */
export class ModelTurn {
  readonly #parts: ModelTurnParts
  #sentText = ''
  #sentMs = 0

  constructor(parts: ModelTurnParts) {
    this.#parts = parts
  }

  /** What was sent, whether or not it was interrupted after. */
  get sentText(): string {
    return this.#sentText
  }

  get sentMs(): number {
    return this.#sentMs
  }

  /**
   * Speaks and sends; the next clause is made while the one before is sent.
   *
   * @throws when the signal aborts or the voice fails
   */
  async say(text: string): Promise<void> {
    const { signal } = this.#parts
    const clauses = clausesOf(text)
    let upcoming = this.#make(clauses[0])
    for (const [index, clause] of clauses.entries()) {
      const samples = await upcoming
      upcoming = this.#make(clauses[index + 1])
      signal.throwIfAborted()
      this.#sentText += clause
      if (this.#parts.transcribe) this.#tell({ outputTranscription: { text: clause, finished: false } })
      await this.#sendSound(samples)
    }
  }

  /** Resolves when what was sent would have been played. @throws when the signal aborts */
  async played(): Promise<void> {
    const remainingMs = this.#parts.playback.remainingMs(performance.now())
    await sleep(remainingMs, undefined, { signal: this.#parts.signal })
  }

  #make(clause: string | undefined): Promise<Int16Array> {
    if (clause === undefined) return Promise.resolve(new Int16Array())
    const { firstClause, speaker, signal } = this.#parts
    const samples = firstClause.take(clause) ?? speaker.say(clause, signal)
    // It is awaited in its turn; until then an abort must not count as unhandled.
    samples.catch(() => undefined)
    return samples
  }

  async #sendSound(samples: Int16Array): Promise<void> {
    const { outlet, playback, signal } = this.#parts
    for (let at = 0; at < samples.length; at += CHUNK_SAMPLES) {
      while (playback.remainingMs(performance.now()) > MAX_LEAD_MS || outlet.bufferedBytes() > MAX_BUFFERED_BYTES) {
        await sleep(LOOK_AGAIN_MS, undefined, { signal })
      }
      signal.throwIfAborted()
      const chunk = samples.subarray(at, at + CHUNK_SAMPLES)
      const data = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('base64')
      this.#tell({ modelTurn: { role: 'model', parts: [{ inlineData: { mimeType: SPEECH_MIME_TYPE, data } }] } })
      const durationMs = pcmDurationMs(chunk.byteLength, SPEECH_RATE_HZ)
      this.#sentMs += durationMs
      playback.add(durationMs, performance.now())
    }
  }

  #tell(serverContent: ServerContent): void {
    this.#parts.outlet.send({ serverContent })
  }
}
