import { type SharingProblem } from '../../messaging/voice-state.ts'
import { type Look, type Opening, type SightSource } from './sight-source.ts'

/** One picture a second is sent: a source that runs faster only costs power. */
const FRAME_RATE = { ideal: 5, max: 30 }

/**
 * The camera. The offscreen document may not ask for it: without a permission this is `camera-denied`.
 *
 * @param width of the pictures, pixels
 * @param signal gives the camera back
 */
export function openCamera(width: number, signal: AbortSignal): Promise<Opening> {
  const video = { width: { ideal: width }, frameRate: FRAME_RATE }
  return open(() => navigator.mediaDevices.getUserMedia({ video }), cameraProblem, signal)
}

/**
 * A screen or a window, which Chrome lets the person choose in a window of its own. An extension's page needs no click for
 * that, so the offscreen document may ask by itself (tried in Chromium 156).
 *
 * @param signal ends the capture
 */
export function openScreen(signal: AbortSignal): Promise<Opening> {
  const options = {
    video: { frameRate: FRAME_RATE, displaySurface: 'monitor' },
    audio: false,
    // Aside's own pages are nothing to talk about, and a tab that is changed for another must be chosen anew.
    selfBrowserSurface: 'exclude',
    surfaceSwitching: 'exclude',
  } as const
  const problem = () => Promise.resolve('screen-ended' as const)
  return open(() => navigator.mediaDevices.getDisplayMedia(options), problem, signal)
}

/** Why there is no stream, or no longer; asked when that is so. */
type ProblemOf = () => Promise<SharingProblem>

async function open(ask: () => Promise<MediaStream>, problemOf: ProblemOf, signal: AbortSignal): Promise<Opening> {
  try {
    const stream = await ask()
    const release = () => {
      for (const track of stream.getTracks()) track.stop()
    }
    signal.addEventListener('abort', release, { once: true })
    if (!signal.aborted) return { ok: true, source: await VideoSource.of(stream, problemOf) }
    release()
    return { ok: false }
  } catch {
    return { ok: false, problem: await problemOf() }
  }
}

/** What is not granted is refused, and what is granted is not there: the browser's own words say no more. */
async function cameraProblem(): Promise<SharingProblem> {
  const { state } = await navigator.permissions.query({ name: 'camera' })
  return state === 'granted' ? 'camera-missing' : 'camera-denied'
}

/** A stream of moving pictures, looked at now and then. */
class VideoSource implements SightSource {
  readonly #track: MediaStreamTrack | undefined
  readonly #video: HTMLVideoElement
  readonly #problemOf: ProblemOf

  private constructor(stream: MediaStream, video: HTMLVideoElement, problemOf: ProblemOf) {
    this.#track = stream.getVideoTracks()[0]
    this.#video = video
    this.#problemOf = problemOf
  }

  static async of(stream: MediaStream, problemOf: ProblemOf): Promise<VideoSource> {
    const video = document.createElement('video')
    video.muted = true
    video.srcObject = stream
    await video.play()
    return new VideoSource(stream, video, problemOf)
  }

  async look(): Promise<Look> {
    // Unlike an image bitmap it costs this document nothing: the pixels are read in the encoder's worker.
    return (await this.check()) ?? { name: 'picture', picture: { image: new VideoFrame(this.#video), secrets: [] } }
  }

  async check(): Promise<Exclude<Look, { name: 'picture' }> | undefined> {
    if (this.#track?.readyState !== 'live') return { name: 'over', problem: await this.#problemOf() }
    // Muted: a camera's shutter is closed, or a shared window minimised.
    return this.#track.muted ? { name: 'nothing' } : undefined
  }
}
