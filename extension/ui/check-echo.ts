import { askForMicrophone } from '../messaging/ask-for-microphone.ts'
import { type MicrophoneSettings } from '../messaging/voice-settings.ts'
import { echoVerdict, type EchoVerdict } from './echo-verdict.ts'
import { playTestSound, TEST_NOTES_HZ } from './test-sound.ts'

/** The room by itself, before the notes: echo cancellation has settled and the browser's buffers are full, ms. */
const BEFORE_MS = 600
/** The notes come back this much later at most, through the slowest of wireless speakers, ms. */
const AFTER_MS = 500
const LOOK_EVERY_MS = 40
/** Bins of 12 Hz at 48 kHz: the notes are 220 Hz apart. */
const FFT_SIZE = 4096

/**
 * Plays the test notes and listens how much of them the microphone gives, treated as in a conversation. Device names say
 * nothing about that; this measures it.
 *
 * @returns undefined where the microphone or the speaker could not be used
 */
export async function checkEcho(settings: MicrophoneSettings): Promise<EchoVerdict | undefined> {
  const context = new AudioContext()
  let stream: MediaStream | undefined
  try {
    stream = await askForMicrophone(settings)
    const analyser = new AnalyserNode(context, { fftSize: FFT_SIZE, smoothingTimeConstant: 0 })
    new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(analyser)
    const before = await loudest(analyser, wait(BEFORE_MS))
    const played = playTestSound()
    const during = await loudest(
      analyser,
      played.then(() => wait(AFTER_MS)),
    )
    return (await played) ? echoVerdict(before, during) : undefined
  } catch {
    // Refused, unplugged or held by another program: the step above says so.
    return undefined
  } finally {
    for (const track of stream?.getTracks() ?? []) track.stop()
    await context.close()
  }
}

/** @returns the highest level at each note until `end`, dBFS */
async function loudest(analyser: AnalyserNode, end: Promise<unknown>): Promise<number[]> {
  const bins = new Float32Array(analyser.frequencyBinCount)
  const levels = TEST_NOTES_HZ.map(() => -Infinity)
  const hzPerBin = analyser.context.sampleRate / analyser.fftSize
  const look = setInterval(() => {
    analyser.getFloatFrequencyData(bins)
    TEST_NOTES_HZ.forEach((hz, note) => {
      levels[note] = Math.max(levels[note] ?? -Infinity, bins[Math.round(hz / hzPerBin)] ?? -Infinity)
    })
  }, LOOK_EVERY_MS)
  await end
  clearInterval(look)
  return levels
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
