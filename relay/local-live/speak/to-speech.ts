import { MICROPHONE_RATE_HZ, SPEECH_RATE_HZ } from '../../../shared/audio/audio-format.ts'
import { floatToPcm16 } from '../../../shared/audio/pcm16.ts'
import { Resampler } from '../../../shared/audio/resampler.ts'

/** Flite speaks at about −15 dBFS; this brings it to −20, where a headset's user has other voices. */
const GAIN = 0.56

/** @param samples Flite's, 16 kHz @returns PCM16 at 24 kHz, about −20 dBFS */
export function toSpeech(samples: Float32Array): Int16Array<ArrayBuffer> {
  const resampler = new Resampler(MICROPHONE_RATE_HZ, SPEECH_RATE_HZ)
  const quieter = samples.map((sample) => sample * GAIN)
  const speech = [resampler.process(quieter), resampler.flush()].map(floatToPcm16)
  const joined = new Int16Array(speech.reduce((length, part) => length + part.length, 0))
  speech.reduce((at, part) => (joined.set(part, at), at + part.length), 0)
  return joined
}
