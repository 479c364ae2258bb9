import { type MicrophoneSettings } from '../messaging/voice-settings.ts'
import { type VoiceState } from '../messaging/voice-state.ts'
import { Capture, type MicrophoneFrame } from './capture.ts'
import { deviceChoice } from './device-choice.ts'
import { failureOf, type MicrophoneFailure } from './microphone-problem.ts'

/** A headset that was just plugged in may refuse once or twice while the system sets it up; so often, ms apart. */
const ATTEMPTS = 4
const RETRY_MS = 400

export interface MicrophoneListener {
  readonly onFrame: (frame: MicrophoneFrame) => void
  /** Frames began or ceased to flow: exactly what an indicator may show. */
  readonly onFlow: (flowing: boolean) => void
  /** It is heard through this one now. */
  readonly onDevice: (device: NonNullable<VoiceState['device']>) => void
  /** Unplugged without another one to be had, taken away, or forbidden while it was open; it is closed. */
  readonly onLost: (failure: MicrophoneFailure) => void
}

export interface OpenMicrophone {
  /** Muted, the track is disabled and no frame is made. */
  setMuted(muted: boolean): void
  /** Goes over to another device or treatment of sound; the one in use is heard until the other is there. */
  change(settings: MicrophoneSettings): void
}

export interface MicrophoneUseOptions {
  /** Runs at 16 kHz and has the capture processor; suspended when the use ends. */
  readonly context: AudioContext
  readonly stream: MediaStream
  readonly settings: MicrophoneSettings
  readonly listener: MicrophoneListener
  /** Ends the use. */
  readonly signal: AbortSignal
  /** Asks for a stream that ends with the signal. */
  readonly askForStream: (settings: MicrophoneSettings, signal: AbortSignal) => Promise<MediaStream>
}

/** One use of the microphone, from being granted to being given back, over whatever devices come and go meanwhile. */
export class MicrophoneUse implements OpenMicrophone {
  readonly #options: MicrophoneUseOptions
  readonly #closing = new AbortController()
  #settings: MicrophoneSettings
  #capture: Capture
  #muted = false
  /** One look at the devices after the other. */
  #work: Promise<void> = Promise.resolve()

  constructor(options: MicrophoneUseOptions) {
    const { context, stream, settings, signal } = options
    this.#options = options
    this.#settings = settings
    this.#capture = this.#begin(stream)
    void context.resume()
    if (signal.aborted) this.#close()
    else signal.addEventListener('abort', () => this.#close(), { once: true, signal: this.#closing.signal })
    void this.#watch()
  }

  setMuted(muted: boolean): void {
    this.#muted = muted
    this.#capture.setMuted(muted)
  }

  change(settings: MicrophoneSettings): void {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return
    this.#settings = settings
    this.#enqueue(() => this.#reopen())
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closing
    if (signal.aborted) return
    // Some systems leave the track of an unplugged device alive and silent: the list of devices tells.
    navigator.mediaDevices.addEventListener('devicechange', () => this.#enqueue(() => this.#look()), { signal })
    const permission = await navigator.permissions.query({ name: 'microphone' })
    const onChange = () => {
      if (permission.state === 'granted') return
      const problem = permission.state === 'denied' ? 'microphone-denied' : 'microphone-not-granted'
      this.#lose({ problem, detail: 'The permission was taken back.' })
    }
    permission.addEventListener('change', onChange, { signal })
  }

  #begin(stream: MediaStream): Capture {
    const { context, listener } = this.#options
    const capture: Capture = new Capture(context, stream, {
      onFrame: listener.onFrame,
      // One that was replaced falls silent after the other began.
      onFlow: (flowing) => (flowing || this.#capture === capture) && listener.onFlow(flowing),
      onEnded: () => this.#enqueue(() => this.#look()),
    })
    capture.setMuted(this.#muted)
    const { deviceId } = this.#settings
    listener.onDevice({ label: capture.label, substitute: deviceId !== '' && capture.device.deviceId !== deviceId })
    return capture
  }

  #enqueue(task: () => Promise<void>): void {
    this.#work = this.#work.then(() => (this.#closing.signal.aborted ? undefined : task()))
  }

  /** Whether the device is still the right one. */
  async #look(): Promise<void> {
    const devices = await navigator.mediaDevices.enumerateDevices()
    const choice = deviceChoice(devices, this.#settings.deviceId, this.#capture.device)
    if (choice === 'none') this.#lose({ problem: 'microphone-lost', detail: 'No microphone is left.' })
    else if (choice === 'reopen' || !this.#capture.isAlive) await this.#reopen(isGone(devices, this.#capture))
  }

  /** @param gone the device in use is not there any more, although its track may say otherwise */
  async #reopen(gone = false): Promise<void> {
    for (let attempt = 1; !this.#closing.signal.aborted; attempt++) {
      const failure = await this.#swap()
      if (failure === undefined) return
      // The device in use is better than none.
      if (this.#capture.isAlive && !gone) return
      if (attempt === ATTEMPTS || failure.problem !== 'microphone-lost') {
        this.#lose(failure)
        return
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }

  /** The old device is heard until the new one is open, so that nothing said meanwhile is missing or doubled. */
  async #swap(): Promise<MicrophoneFailure | undefined> {
    const { askForStream } = this.#options
    const { signal } = this.#closing
    try {
      const stream = await askForStream(this.#settings, signal)
      if (signal.aborted) return undefined
      const former = this.#capture
      this.#capture = this.#begin(stream)
      former.close()
      return undefined
    } catch (error) {
      const failure = await failureOf(error)
      return failure.problem === 'microphone-missing' ? { ...failure, problem: 'microphone-lost' } : failure
    }
  }

  #lose(failure: MicrophoneFailure): void {
    if (this.#closing.signal.aborted) return
    this.#close()
    this.#options.listener.onLost(failure)
  }

  #close(): void {
    this.#closing.abort()
    this.#capture.close()
    void this.#options.context.suspend()
  }
}

function isGone(devices: readonly MediaDeviceInfo[], capture: Capture): boolean {
  return !devices.some(({ kind, deviceId }) => kind === 'audioinput' && deviceId === capture.device.deviceId)
}
