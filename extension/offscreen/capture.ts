import { MICROPHONE_RATE_HZ, pcmDurationMs } from '../../shared/audio/audio-format.ts'
import { CAPTURE_PROCESSOR, type CapturedFrame } from './captured-frame.ts'

/** 31 frames a second; none for this long means that nothing is captured, whatever the track says. */
const STALL_MS = 1000

export interface MicrophoneFrame {
  /** PCM16 mono little-endian 16 kHz, 512 samples. */
  readonly pcm: Uint8Array
  /** When its first sample was captured, ms since 1970. */
  readonly capturedAtMs: number
  /** Loudness 0–1 (root mean square). */
  readonly level: number
}

export interface CaptureListener {
  readonly onFrame: (frame: MicrophoneFrame) => void
  /** Frames began or ceased to flow. */
  readonly onFlow: (flowing: boolean) => void
  /** The device is gone, or was taken away. */
  readonly onEnded: () => void
}

/** One stream of the microphone, cut into frames until it is closed. */
export class Capture {
  readonly #stream: MediaStream
  readonly #listener: CaptureListener
  readonly #closing = new AbortController()
  readonly #source: MediaStreamAudioSourceNode
  readonly #node: AudioWorkletNode
  /** Wall clock of the context's sample 0, ms since 1970; the context stood still until the first frame came. */
  #epochMs: number | undefined
  #muted = false
  /** Unknown until the first frame, or until none came for long. */
  #flowing: boolean | undefined
  #framesSinceCheck = 0

  /** @param context runs at 16 kHz and has the capture processor */
  constructor(context: AudioContext, stream: MediaStream, listener: CaptureListener) {
    this.#stream = stream
    this.#listener = listener
    this.#source = new MediaStreamAudioSourceNode(context, { mediaStream: stream })
    this.#node = new AudioWorkletNode(context, CAPTURE_PROCESSOR, { numberOfOutputs: 0, channelCount: 1 })
    this.#node.port.onmessage = (event: MessageEvent<CapturedFrame>) => this.#deliver(event.data)
    this.#source.connect(this.#node)
    const { signal } = this.#closing
    for (const track of stream.getTracks()) {
      track.addEventListener('ended', () => listener.onEnded(), { signal })
      // The system took the sound away and left the track: only silence comes now.
      track.addEventListener('mute', () => this.#setFlowing(false), { signal })
    }
    const watchdog = setInterval(() => this.#checkFlow(), STALL_MS)
    signal.addEventListener('abort', () => clearInterval(watchdog), { once: true })
  }

  /** What the browser says of the device. */
  get device(): MediaTrackSettings {
    return this.#track?.getSettings() ?? {}
  }

  get label(): string {
    return this.#track?.label ?? ''
  }

  get isAlive(): boolean {
    return this.#track?.readyState === 'live'
  }

  /** Muted, the track is disabled and no frame is made. */
  setMuted(muted: boolean): void {
    this.#muted = muted
    for (const track of this.#stream.getTracks()) track.enabled = !muted
    if (muted) this.#setFlowing(false)
  }

  /** Gives the device back at once. */
  close(): void {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    for (const track of this.#stream.getTracks()) track.stop()
    this.#source.disconnect()
    this.#node.port.close()
    this.#setFlowing(false)
  }

  get #track(): MediaStreamTrack | undefined {
    return this.#stream.getTracks()[0]
  }

  #deliver({ pcm, firstSample, level }: CapturedFrame): void {
    if (this.#muted || this.#closing.signal.aborted || this.#track?.muted === true) return
    this.#framesSinceCheck++
    const frameMs = pcmDurationMs(pcm.byteLength, MICROPHONE_RATE_HZ)
    const firstMs = (firstSample / MICROPHONE_RATE_HZ) * 1000
    this.#epochMs ??= performance.timeOrigin + performance.now() - firstMs - frameMs
    this.#setFlowing(true)
    this.#listener.onFrame({ pcm: new Uint8Array(pcm), capturedAtMs: this.#epochMs + firstMs, level })
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
}
