import { type MicrophoneSettings, type VoiceSettings } from '../messaging/voice-settings.ts'
import { type MicrophoneFrame } from './capture.ts'
import { type MicrophoneFailure } from './microphone-problem.ts'
import { type OpenMicrophone } from './microphone-use.ts'
import { type Microphone } from './microphone.ts'
import { type RelayLine } from './relay-line.ts'
import { type VoiceEvent } from './voice-state.ts'

/** A finger comes a little after the first syllable: so many frames from before it are sent too; 256 ms. */
const PRE_ROLL_FRAMES = 8
/** Older ones were left by a microphone that stalled since: they are not from this breath. */
const PRE_ROLL_MAX_AGE_MS = 400
/** It leaves a little before the last one. */
const TAIL_MS = 160
/** A microphone that comes back after this long is not opened by itself: nobody expects to be heard any more. */
const MENDING_MS = 60_000

export interface ListeningOptions {
  readonly microphone: Pick<Microphone, 'open' | 'whenBack'>
  readonly line: Pick<RelayLine, 'send' | 'sendAudio'>
  /** What of it a person sees. */
  readonly tell: (event: Extract<VoiceEvent, { type: 'microphone' | 'device' | 'muted' | 'talk' }>) => void
  /** Loudness of each frame that is sent, 0–1. */
  readonly onLevel: (level: number) => void
  /** The microphone could not be had, or is gone; it is closed. */
  readonly onProblem: (failure: MicrophoneFailure) => void
  /** What was the problem is none any more. @param expected so soon that the person still expects to be heard */
  readonly onBack: (expected: boolean) => void
}

/**
 * The person's side of a conversation: the microphone, and what of it goes to the relay. `open`: all of it unless muted.
 * `hold`: only what is said while the button is held. Who is muted is heard while holding, too.
 */
export class Listening {
  readonly #options: ListeningOptions
  #use: { readonly closing: AbortController; open?: OpenMicrophone } | undefined
  #waiting: AbortController | undefined
  #talk: VoiceSettings['talk']['mode'] = 'open'
  #settings: MicrophoneSettings | undefined
  #muted = false
  #held = false
  /** Runs while the last syllable after a hold is still sent. */
  #tail: ReturnType<typeof setTimeout> | undefined
  /** The newest frames that were not sent, oldest first. */
  readonly #preRoll: { readonly frame: MicrophoneFrame; readonly cameAtMs: number }[] = []
  #isCaptured = false

  constructor(options: ListeningOptions) {
    this.#options = options
  }

  /** The microphone is open, or being opened. */
  get isOn(): boolean {
    return this.#use !== undefined
  }

  /** Listens, not muted; only while it is not on. */
  async start(settings: VoiceSettings): Promise<void> {
    const use: { closing: AbortController; open?: OpenMicrophone } = { closing: new AbortController() }
    this.stop()
    this.#use = use
    this.#muted = false
    this.#talk = settings.talk.mode
    this.#settings = settings.microphone
    this.#tellTalk()
    const { microphone, tell } = this.#options
    const opening = await microphone.open(
      settings.microphone,
      {
        onFrame: (frame) => this.#take(frame),
        onFlow: (flowing) => this.#flow(flowing),
        onDevice: (device) => tell({ type: 'device', device }),
        onLost: (failure) => this.#lose(failure),
      },
      use.closing.signal,
    )
    if (this.#use !== use) return
    if (!opening.ok) {
      this.#lose(opening)
      return
    }
    use.open = opening.microphone
    opening.microphone.setMuted(!this.#mayCapture)
    opening.microphone.change(this.#settings)
  }

  /** Nothing is captured any more; the relay hears that the words end here. */
  stop(): void {
    this.#waiting?.abort()
    this.#waiting = undefined
    if (this.#use === undefined) return
    const wasHeld = this.#held
    this.#held = false
    if (wasHeld || this.#tail !== undefined) this.#endHold()
    this.#use.closing.abort()
    this.#use = undefined
    this.#flow(false)
    this.#preRoll.splice(0)
    this.#options.line.send({ type: 'audio.end' })
    if (wasHeld) this.#tellTalk()
  }

  /** What is changed counts at once. */
  apply({ talk, microphone }: VoiceSettings): void {
    if (this.#use === undefined) return
    this.#settings = microphone
    this.#use.open?.change(microphone)
    if (talk.mode === this.#talk) return
    this.hold(false)
    this.#endHold()
    this.#talk = talk.mode
    this.setMuted(false)
    this.#tellTalk()
  }

  /** With hold-to-talk there is nothing to mute: only what is held is heard. */
  setMuted(muted: boolean): void {
    if (this.#use === undefined || (muted && this.#talk === 'hold')) return
    this.#muted = muted
    this.#captured()
    this.#options.tell({ type: 'muted', muted })
  }

  /** For a key that knows no letting go: each press is the other half. */
  toggleMuted(): void {
    if (this.#talk === 'hold') this.hold(!this.#held)
    else this.setMuted(!this.#muted)
  }

  /** The button is held, or let go. */
  hold(held: boolean): void {
    if (this.#use === undefined || held === this.#held) return
    this.#held = held
    if (this.#talk === 'open') this.#captured()
    else if (held) this.#beginHold()
    else this.#tail = setTimeout(() => this.#endHold(), TAIL_MS)
    this.#tellTalk()
  }

  #beginHold(): void {
    const { line } = this.#options
    clearTimeout(this.#tail)
    // Who presses again before the last syllable was sent goes on.
    if (this.#tail === undefined) line.send({ type: 'activity.start' })
    this.#tail = undefined
    const sinceMs = performance.now() - PRE_ROLL_MAX_AGE_MS
    for (const { frame, cameAtMs } of this.#preRoll.splice(0)) if (cameAtMs >= sinceMs) this.#send(frame)
    this.#flow(this.#isCaptured)
  }

  #endHold(): void {
    const { line } = this.#options
    clearTimeout(this.#tail)
    this.#tail = undefined
    if (this.#talk !== 'hold') return
    line.send({ type: 'activity.end' })
    // A brain that was begun without hold-to-talk hears the end by this.
    line.send({ type: 'audio.end' })
    this.#flow(this.#isCaptured)
  }

  /** Sound may be taken from the device. */
  get #mayCapture(): boolean {
    return this.#talk === 'hold' || !this.#muted || this.#held
  }

  /** Sound goes to the relay. */
  get #isSent(): boolean {
    return this.#talk === 'hold' ? this.#held || this.#tail !== undefined : this.#mayCapture
  }

  #captured(): void {
    this.#use?.open?.setMuted(!this.#mayCapture)
    if (!this.#mayCapture) this.#options.line.send({ type: 'audio.end' })
  }

  #take(frame: MicrophoneFrame): void {
    if (this.#isSent) this.#send(frame)
    else {
      this.#preRoll.push({ frame, cameAtMs: performance.now() })
      if (this.#preRoll.length > PRE_ROLL_FRAMES) this.#preRoll.shift()
    }
  }

  #send({ pcm, capturedAtMs, level }: MicrophoneFrame): void {
    this.#options.line.sendAudio(pcm, capturedAtMs)
    this.#options.onLevel(level)
  }

  #flow(flowing: boolean): void {
    this.#isCaptured = flowing
    this.#options.tell({ type: 'microphone', captured: flowing, sent: flowing && this.#isSent })
  }

  #tellTalk(): void {
    this.#options.tell({ type: 'talk', mode: this.#talk, held: this.#held })
  }

  #lose(failure: MicrophoneFailure): void {
    const { microphone, onProblem, onBack } = this.#options
    const lostAtMs = performance.now()
    onProblem(failure)
    const waiting = new AbortController()
    this.#waiting = waiting
    void microphone.whenBack(failure.problem, waiting.signal).then(() => {
      if (waiting.signal.aborted) return
      onBack(failure.problem === 'microphone-lost' && performance.now() - lostAtMs < MENDING_MS)
    })
  }
}
