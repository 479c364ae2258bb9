import { MICROPHONE_FRAME_SAMPLES, MICROPHONE_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { FrameSlicer } from '../../shared/audio/frame-slicer.ts'
import { floatToPcm16, pcm16FromBytes, pcm16ToFloat } from '../../shared/audio/pcm16.ts'
import { Resampler } from '../../shared/audio/resampler.ts'
import { type Blob } from './wire/content-schema.ts'

/** Rates a client may declare; beyond them the declaration is a mistake. */
const MIN_RATE_HZ = 8_000
const MAX_RATE_HZ = 96_000

/** Turns a client's audio blobs into frames of 512 samples at 16 kHz, whatever rate they declare. */
export class AudioInput {
  readonly #slicer = new FrameSlicer<Int16Array<ArrayBuffer>>(MICROPHONE_FRAME_SAMPLES, Int16Array)
  #rateHz = MICROPHONE_RATE_HZ
  #resampler: Resampler | undefined

  /** @returns the frames that became full, or undefined when the blob is no PCM audio */
  push(blob: Blob): readonly Int16Array<ArrayBuffer>[] | undefined {
    const rateHz = pcmRate(blob.mimeType)
    if (rateHz === undefined) return undefined
    if (rateHz !== this.#rateHz) {
      this.#rateHz = rateHz
      this.#resampler = rateHz === MICROPHONE_RATE_HZ ? undefined : new Resampler(rateHz, MICROPHONE_RATE_HZ)
    }
    const samples = pcm16FromBytes(Buffer.from(blob.data, 'base64'))
    const resampler = this.#resampler
    return this.#slicer.push(resampler === undefined ? samples : floatToPcm16(resampler.process(pcm16ToFloat(samples))))
  }

  /** @returns the last, unfinished frame, filled up with silence; what comes next is a new stream */
  flush(): Int16Array<ArrayBuffer> | undefined {
    this.#resampler?.flush()
    return this.#slicer.flush()
  }
}

/** @returns the rate of `audio/pcm;rate=N`; 16 kHz where it is not said, as other clients leave it out */
function pcmRate(mimeType: string): number | undefined {
  const [kind, ...parameters] = mimeType.toLowerCase().split(';')
  if (kind?.trim() !== 'audio/pcm' && kind?.trim() !== 'audio/l16') return undefined
  const declared = parameters.map((parameter) => /^\s*rate\s*=\s*(\d+)\s*$/.exec(parameter)?.[1]).find(Boolean)
  if (declared === undefined) return MICROPHONE_RATE_HZ
  const rateHz = Number(declared)
  return rateHz >= MIN_RATE_HZ && rateHz <= MAX_RATE_HZ ? rateHz : undefined
}
