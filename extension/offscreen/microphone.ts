import { MICROPHONE_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { askForMicrophone } from '../messaging/ask-for-microphone.ts'
import { type MicrophoneSettings } from '../messaging/voice-settings.ts'
import { failureOf, type MicrophoneFailure, type MicrophoneProblem } from './microphone-problem.ts'
import { type MicrophoneListener, MicrophoneUse, type OpenMicrophone } from './microphone-use.ts'

/** Built from `entrypoints/capture-worklet.ts`. */
const CAPTURE_WORKLET = '/capture-worklet.js'

export type MicrophoneOpening =
  { readonly ok: true; readonly microphone: OpenMicrophone } | ({ readonly ok: false } & MicrophoneFailure)

/** The microphone of this document. The audio thread stays ready between two uses, so that a warm start is quick. */
export class Microphone {
  #thread: Promise<AudioContext> | undefined

  /**
   * Asks for the microphone. Never rejects; a refusal is a problem to show.
   *
   * @param signal closes it: the device is given back at once
   */
  async open(
    settings: MicrophoneSettings,
    listener: MicrophoneListener,
    signal: AbortSignal,
  ): Promise<MicrophoneOpening> {
    try {
      const [stream, context] = await Promise.all([askForStream(settings, signal), this.#readyThread()])
      return { ok: true, microphone: new MicrophoneUse({ context, stream, settings, listener, signal, askForStream }) }
    } catch (error) {
      return { ok: false, ...(await failureOf(error)) }
    }
  }

  /**
   * Waits until what this problem said is no longer so: a microphone was plugged in, or allowed. Where nobody tells (another
   * program holds it), it waits for ever.
   */
  whenBack(problem: MicrophoneProblem, signal: AbortSignal): Promise<void> {
    const isAbsent = problem === 'microphone-lost' || problem === 'microphone-missing'
    return isAbsent ? whenPluggedIn(signal) : whenGranted(signal)
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
async function askForStream(settings: MicrophoneSettings, signal: AbortSignal): Promise<MediaStream> {
  const stream = await askForMicrophone(settings)
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

function whenPluggedIn(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = async () => {
      const devices = await navigator.mediaDevices.enumerateDevices()
      if (devices.some(({ kind }) => kind === 'audioinput')) resolve()
    }
    navigator.mediaDevices.addEventListener('devicechange', () => void look(), { signal })
  })
}

async function whenGranted(signal: AbortSignal): Promise<void> {
  const permission = await navigator.permissions.query({ name: 'microphone' })
  await new Promise<void>((resolve) => {
    permission.addEventListener('change', () => permission.state === 'granted' && resolve(), { signal })
  })
}
