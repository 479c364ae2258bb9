import { MICROPHONE_RATE_HZ, SPEECH_RATE_HZ } from '../../../shared/audio/audio-format.ts'
import { floatToPcm16 } from '../../../shared/audio/pcm16.ts'
import { Resampler } from '../../../shared/audio/resampler.ts'
import { withoutLeadIn } from './without-lead-in.ts'

/** Flite speaks at about −15 dBFS; this brings it to −20, where a headset's user has other voices. */
const GAIN = 0.56

/** @param samples Flite's, 16 kHz @returns PCM16 at 24 kHz, about −20 dBFS, from its first sound on */
export function toSpeech(samples: Float32Array): Int16Array<ArrayBuffer> {
  const resampler = new Resampler(MICROPHONE_RATE_HZ, SPEECH_RATE_HZ)
  const spoken = withoutLeadIn(samples, MICROPHONE_RATE_HZ)
  const head = floatToPcm16(resampler.process(spoken.map((sample) => sample * GAIN)))
  const tail = floatToPcm16(resampler.flush())
  const speech = new Int16Array(head.length + tail.length)
  speech.set(head)
  speech.set(tail, head.length)
  return speech
}
