import { type VoiceSettings } from '../messaging/voice-settings.ts'
import { type MicrophoneProblem } from './microphone-problem.ts'
import { type Microphone, type OpenMicrophone } from './microphone.ts'
import { type RelayLine } from './relay-line.ts'
import { type VoiceEvent } from './voice-state.ts'

export interface ListeningOptions {
  readonly microphone: Pick<Microphone, 'open'>
  readonly line: Pick<RelayLine, 'send' | 'sendAudio'>
  /** What of it a person sees. */
  readonly tell: (event: Extract<VoiceEvent, { type: 'microphone' | 'muted' }>) => void
  /** Loudness of each frame, 0–1. */
  readonly onLevel: (level: number) => void
  /** The microphone could not be had, or is gone; it is closed. */
  readonly onProblem: (problem: MicrophoneProblem, detail: string) => void
}

/** The person's side of a conversation: the microphone, and what of it goes to the relay. */
export class Listening {
  readonly #options: ListeningOptions
  #microphone: { readonly closing: AbortController; open?: OpenMicrophone } | undefined
  #muted = false

  constructor(options: ListeningOptions) {
    this.#options = options
  }

  /** The microphone is open, or being opened. */
  get isOn(): boolean {
    return this.#microphone !== undefined
  }

  /** Listens, not muted; only while it is not on. */
  async start({ microphone: settings }: VoiceSettings): Promise<void> {
    const { microphone, line, tell, onLevel, onProblem } = this.#options
    const use: { closing: AbortController; open?: OpenMicrophone } = { closing: new AbortController() }
    this.#microphone = use
    this.#muted = false
    const opening = await microphone.open(
      settings,
      {
        onFrame: ({ pcm, capturedAtMs, level }) => {
          line.sendAudio(pcm, capturedAtMs)
          onLevel(level)
        },
        onFlow: (flowing) => tell({ type: 'microphone', flowing }),
        onLost: () => onProblem('microphone-lost', 'The microphone ended while it was open.'),
      },
      use.closing.signal,
    )
    if (this.#microphone !== use) return
    if (!opening.ok) {
      onProblem(opening.problem, opening.detail)
      return
    }
    use.open = opening.microphone
    opening.microphone.setMuted(this.#muted)
  }

  /** Nothing is captured any more; the relay hears that the words end here. */
  stop(): void {
    if (this.#microphone === undefined) return
    this.#microphone.closing.abort()
    this.#microphone = undefined
    this.#options.line.send({ type: 'audio.end' })
  }

  setMuted(muted: boolean): void {
    this.#muted = muted
    this.#microphone?.open?.setMuted(muted)
    if (muted) this.#options.line.send({ type: 'audio.end' })
    this.#options.tell({ type: 'muted', muted })
  }
}
