import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RelayClient, type RelayClientState } from '../../shared/client/relay-client.ts'
import { type SpeechFrame } from '../../shared/protocol/media-frame.ts'
import { type ServerMessage } from '../../shared/protocol/server-message.ts'
import { PacedMicrophone } from './paced-microphone.ts'
import { type Recording } from './recording.ts'
import { SilentSpeaker } from './silent-speaker.ts'
import { TurnLog } from './turn-log.ts'

/** A local brain loads its speech models in 1 to 3 s, on a busy machine in more. */
const LIVE_TIMEOUT_MS = 60_000
/** From the end of what was said to the first sign that it was heard. */
const HEARD_TIMEOUT_MS = 10_000
/** From there to the end of the answer; tools may take a minute. */
const ANSWER_TIMEOUT_MS = 120_000
/** A turn that ended while the recording went on was a pause in it: its rest may become one more turn. */
const PAUSE_MS = 2_500
/** docs/protocol.md §2.1: every second while speaking. */
const POSITION_INTERVAL_MS = 1_000
/** A relay that restarts is back in a few seconds; after this it is gone. */
const OFFLINE_TIMEOUT_MS = 15_000
const POLL_MS = 20

export type TurnReport =
  /** `firstSoundMs`: from the end of the user's speech, or the sending of the text, to the first sound here. */
  { readonly ok: true; readonly firstSoundMs?: number } | { readonly ok: false; readonly fault: string }

/** A user who speaks and types in turns, listens to every answer to its end, and then goes on. */
export class Conversation {
  readonly speaker = new SilentSpeaker()
  readonly #client: RelayClient
  readonly #log = new TurnLog()
  readonly #microphone: PacedMicrophone
  /** Its signal aborts when the conversation is over. */
  readonly #lifetime = new AbortController()
  readonly #signal: AbortSignal
  #firstSoundAtMs: number | undefined
  #speaking: number | undefined
  /** Since when, and why, there is no relay. */
  #offline: { readonly sinceMs: number; readonly reason: string } | undefined

  /** @param signal ends the conversation early */
  constructor(client: RelayClient, signal: AbortSignal) {
    this.#client = client
    this.#signal = AbortSignal.any([signal, this.#lifetime.signal])
    this.#microphone = new PacedMicrophone((pcm, capturedAtMs) => client.sendAudio(pcm, capturedAtMs))
  }

  /** Connects. @returns why it did not work: a sentence a person can act on */
  async open(): Promise<string | undefined> {
    const { events } = this.#client
    events.on('message', (message) => this.#receive(message), this.#signal)
    events.on('speech', (frame) => this.#hear(frame), this.#signal)
    events.on('state', (state) => this.#follow(state), this.#signal)
    this.#client.start()
    const timer = setInterval(() => this.#reportPosition(), POSITION_INTERVAL_MS)
    this.#signal.addEventListener('abort', () => clearInterval(timer), { once: true })
    const isLive = await this.#until(() => this.#log.isLive, LIVE_TIMEOUT_MS)
    return isLive ? undefined : (this.#fault ?? 'The relay’s brain did not become ready in time.')
  }

  /** Speaks a recording and hears the answer to its end. */
  async speak({ samples, speechEndMs }: Recording): Promise<TurnReport> {
    const before = this.#beginTurn()
    this.#microphone.open(this.#signal)
    const startedAtMs = await this.#microphone.speak(samples)
    return this.#hearAnswer(before, startedAtMs + speechEndMs)
  }

  /** Types a turn and hears the answer to its end. */
  async type(text: string): Promise<TurnReport> {
    const before = this.#beginTurn()
    const sentAtMs = performance.now()
    this.#client.send({ type: 'text.send', id: randomUUID(), text })
    return this.#hearAnswer(before, sentAtMs)
  }

  close(): void {
    this.#client.end()
    this.#lifetime.abort()
  }

  #beginTurn(): number {
    this.#firstSoundAtMs = undefined
    return this.#log.newest
  }

  async #hearAnswer(before: number, saidAtMs: number): Promise<TurnReport> {
    const endedAtMs = performance.now()
    if (!(await this.#until(() => this.#log.newest > before, HEARD_TIMEOUT_MS))) {
      return { ok: false, fault: this.#fault ?? 'The relay heard nothing. Is there speech in the recording?' }
    }
    if (!(await this.#until(() => this.#isOver(endedAtMs), ANSWER_TIMEOUT_MS))) {
      return { ok: false, fault: this.#fault ?? 'The answer did not end in time.' }
    }
    this.#reportPosition()
    if (this.#log.state.name === 'interrupted') return { ok: false, fault: 'The answer was cut off.' }
    return {
      ok: true,
      ...(this.#firstSoundAtMs === undefined ? {} : { firstSoundMs: this.#firstSoundAtMs - saidAtMs }),
    }
  }

  /** Whether the newest turn has ended, was heard to its end, and no further one is to be expected. */
  #isOver(endedAtMs: number): boolean {
    const { state } = this.#log
    const now = performance.now()
    if (state.name === 'running' || now < this.speaker.busyUntilMs) return false
    return state.atMs > endedAtMs || now > endedAtMs + PAUSE_MS
  }

  get #fault(): string | undefined {
    if (this.#signal.aborted) return 'The conversation was stopped.'
    const isGone =
      this.#client.state.name === 'closed' ||
      performance.now() - (this.#offline?.sinceMs ?? Infinity) > OFFLINE_TIMEOUT_MS
    return this.#offline !== undefined && isGone ? this.#offline.reason : this.#log.fault
  }

  #hear(frame: SpeechFrame): void {
    const now = performance.now()
    this.#firstSoundAtMs ??= now
    this.#speaking = this.#log.newest
    this.speaker.play(frame, now)
  }

  #follow(state: RelayClientState): void {
    if (state.name === 'open') this.#offline = undefined
    else if ('reason' in state)
      this.#offline = { sinceMs: this.#offline?.sinceMs ?? performance.now(), reason: state.reason }
  }

  #receive(message: ServerMessage): void {
    const now = performance.now()
    this.#log.observe(message, now)
    if (message.type !== 'turn.interrupted') return
    const playedMs = Math.round(this.speaker.interrupt(message.turn, now))
    this.#client.send({ type: 'playback.position', turn: message.turn, playedMs })
    this.#speaking = undefined
  }

  /** Tells how much of the answer was heard, once more when it is over, and then no longer. */
  #reportPosition(): void {
    if (this.#speaking === undefined) return
    const now = performance.now()
    const turn = this.#speaking
    const playedMs = this.speaker.playedMs(turn, now)
    if (playedMs === undefined) return
    this.#client.send({ type: 'playback.position', turn, playedMs: Math.round(playedMs) })
    if (now >= this.speaker.busyUntilMs) this.#speaking = undefined
  }

  /** @returns whether the condition came true before the time was up, the conversation broke or was stopped */
  async #until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs
    while (!condition()) {
      if (this.#fault !== undefined || performance.now() > deadline) return false
      await sleep(POLL_MS)
    }
    return true
  }
}
