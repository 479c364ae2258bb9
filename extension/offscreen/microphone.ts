import { MICROPHONE_RATE_HZ, pcmDurationMs } from '../../shared/audio/audio-format.ts'
import { microphoneConstraints, type MicrophoneSettings } from '../messaging/voice-settings.ts'
import { CAPTURE_PROCESSOR, type CapturedFrame } from './captured-frame.ts'
import { microphoneProblem, type MicrophoneProblem } from './microphone-problem.ts'

/** Built from `entrypoints/capture-worklet.ts`. */
const CAPTURE_WORKLET = '/capture-worklet.js'
/** 31 frames a second; none for this long means that nothing is captured, whatever the track says. */
const STALL_MS = 1000

interface MicrophoneFrame {
  /** PCM16 mono little-endian 16 kHz, 512 samples. */
  readonly pcm: Uint8Array
  /** When its first sample was captured, ms since 1970. */
  readonly capturedAtMs: number
  /** Loudness 0–1 (root mean square). */
  readonly level: number
}

export interface MicrophoneListener {
  readonly onFrame: (frame: MicrophoneFrame) => void
  /** Frames began or ceased to flow: exactly what an indicator may show. */
  readonly onFlow: (flowing: boolean) => void
  /** Unplugged, taken away or forbidden while it was open; it is closed. */
  readonly onLost: () => void
}

export interface OpenMicrophone {
  /** Muted, the track is disabled and no frame is made. */
  setMuted(muted: boolean): void
}

export type MicrophoneOpening =
  | { readonly ok: true; readonly microphone: OpenMicrophone }
  | { readonly ok: false; readonly problem: MicrophoneProblem; readonly detail: string }

/** The microphone of this document. The audio thread stays ready between two uses, so that a warm start is quick. */
export class Microphone {
  #thread: Promise<AudioContext> | undefined

  /**
   * Asks for the microphone. Never rejects; a refusal is a problem to show.
   *
   * @param signal closes it: the device is given back at once
   */
  async open(
    constraints: MicrophoneSettings,
    listener: MicrophoneListener,
    signal: AbortSignal,
  ): Promise<MicrophoneOpening> {
    try {
      const [stream, context] = await Promise.all([askForStream(constraints, signal), this.#readyThread()])
      return { ok: true, microphone: new Capture(context, stream, listener, signal) }
    } catch (error) {
      const permission = await navigator.permissions.query({ name: 'microphone' })
      return { ok: false, problem: microphoneProblem(error, permission.state), detail: String(error) }
    }
  }

  async #readyThread(): Promise<AudioContext> {
    this.#thread ??= startAudioThread()
    try {
      return await this.#thread
    } catch (error) {
      this.#thread = undefined
      throw error
    }
  }
}

/** The device is given back with the signal, whatever else happens. */
async function askForStream(constraints: MicrophoneSettings, signal: AbortSignal): Promise<MediaStream> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: microphoneConstraints(constraints) })
  const release = () => {
    for (const track of stream.getTracks()) track.stop()
  }
  if (signal.aborted) release()
  else signal.addEventListener('abort', release, { once: true })
  return stream
}

async function startAudioThread(): Promise<AudioContext> {
  const context = new AudioContext({ sampleRate: MICROPHONE_RATE_HZ, latencyHint: 'interactive' })
  await context.audioWorklet.addModule(CAPTURE_WORKLET)
  return context
}

/** One use of the microphone, from being granted to being given back. */
class Capture implements OpenMicrophone {
  readonly #context: AudioContext
  readonly #stream: MediaStream
  readonly #listener: MicrophoneListener
  readonly #closing = new AbortController()
  readonly #source: MediaStreamAudioSourceNode
  readonly #node: AudioWorkletNode
  /** Wall clock of the context's sample 0, ms since 1970; the context stood still until the first frame came. */
  #epochMs: number | undefined
  #muted = false
  #flowing = false
  #framesSinceCheck = 0

  constructor(context: AudioContext, stream: MediaStream, listener: MicrophoneListener, signal: AbortSignal) {
    this.#context = context
    this.#stream = stream
    this.#listener = listener
    this.#source = new MediaStreamAudioSourceNode(context, { mediaStream: stream })
    this.#node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, { numberOfOutputs: 0, channelCount: 1 })
    this.#node.port.onmessage = (event: MessageEvent<CapturedFrame>) => this.#deliver(event.data)
    this.#source.connect(this.#node)
    void context.resume()
    this.#watchDevice()
    const watchdog = setInterval(() => this.#checkFlow(), STALL_MS)
    this.#closing.signal.addEventListener('abort', () => clearInterval(watchdog), { once: true })
    if (signal.aborted) this.#close()
    else signal.addEventListener('abort', () => this.#close(), { once: true, signal: this.#closing.signal })
  }

  setMuted(muted: boolean): void {
    this.#muted = muted
    for (const track of this.#stream.getTracks()) track.enabled = !muted
    if (muted) this.#setFlowing(false)
  }

  #deliver({ pcm, firstSample, level }: CapturedFrame): void {
    if (this.#muted || this.#closing.signal.aborted) return
    this.#framesSinceCheck++
    const frameMs = pcmDurationMs(pcm.byteLength, MICROPHONE_RATE_HZ)
    const firstMs = (firstSample / MICROPHONE_RATE_HZ) * 1000
    this.#epochMs ??= performance.timeOrigin + performance.now() - firstMs - frameMs
    this.#listener.onFrame({ pcm: new Uint8Array(pcm), capturedAtMs: this.#epochMs + firstMs, level })
    this.#setFlowing(true)
  }

  #setFlowing(flowing: boolean): void {
    if (this.#flowing === flowing) return
    this.#flowing = flowing
    this.#listener.onFlow(flowing)
  }

  #checkFlow(): void {
    if (this.#framesSinceCheck === 0) this.#setFlowing(false)
    this.#framesSinceCheck = 0
  }

  #watchDevice(): void {
    const { signal } = this.#closing
    for (const track of this.#stream.getTracks()) track.addEventListener('ended', () => this.#lose(), { signal })
    // Some systems leave the track of an unplugged device alive and silent.
    navigator.mediaDevices.addEventListener('devicechange', () => void this.#checkDevice(), { signal })
  }

  async #checkDevice(): Promise<void> {
    const devices = await navigator.mediaDevices.enumerateDevices()
    const inUse = this.#stream.getTracks()[0]?.getSettings().deviceId
    if (!devices.some((device) => device.kind === 'audioinput' && device.deviceId === inUse)) this.#lose()
  }

  #lose(): void {
    if (this.#closing.signal.aborted) return
    this.#close()
    this.#listener.onLost()
  }

  #close(): void {
    this.#closing.abort()
    for (const track of this.#stream.getTracks()) track.stop()
    this.#source.disconnect()
    this.#node.port.close()
    void this.#context.suspend()
    this.#setFlowing(false)
  }
}
