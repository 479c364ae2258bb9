import { afterAll } from 'vitest'
import { createRecogniser, type Recogniser } from '../../relay/local-live/listen/recogniser.ts'
import { Resampler } from '../../shared/audio/resampler.ts'

const RECOGNISER_RATE_HZ = 16_000

/** Below this it is silence, full scale 1. */
const SILENCE_LEVEL = 1 / 64

/** Kept around the speech, s. */
const MARGIN_S = 0.2

/** The recogniser of a test file: it loads with the first question (1–3 s) and ends with the file. */
const shared: { recogniser?: Recogniser } = {}
afterAll(async () => {
  await shared.recogniser?.close()
})

/**
 * Hears what a sound says, with a recogniser of its own: never the one of the relay under test.
 *
 * @param speech mono samples, −1 to 1, of any rate
 * @returns the words; empty for silence
 */
export async function recogniseSpeech(speech: {
  readonly samples: Float32Array
  readonly rateHz: number
}): Promise<string> {
  shared.recogniser ??= createRecogniser()
  const resampler = new Resampler(speech.rateHz, RECOGNISER_RATE_HZ)
  const head = resampler.process(withoutSilenceAround(speech.samples, speech.rateHz))
  const tail = resampler.flush()
  const samples = new Float32Array(head.length + tail.length)
  samples.set(head)
  samples.set(tail, head.length)
  return shared.recogniser.recognise(samples)
}

/** The model was made for utterances: with many seconds of silence around them it may say nothing at all. */
function withoutSilenceAround(samples: Float32Array, rateHz: number): Float32Array {
  const isSound = (sample: number) => Math.abs(sample) >= SILENCE_LEVEL
  const margin = Math.round(MARGIN_S * rateHz)
  const first = samples.findIndex(isSound)
  if (first === -1) return samples.subarray(0, 0)
  return samples.subarray(Math.max(0, first - margin), samples.findLastIndex(isSound) + margin)
}

/**
 * How wrong recognised words are: insertions, deletions and substitutions per expected word. Case, punctuation and
 * hyphens do not count.
 *
 * @returns 0 for the same words; may exceed 1
 */
export function wordErrorRate(expected: string, heard: string): number {
  const expectedWords = wordsOf(expected)
  const heardWords = wordsOf(heard)
  return editDistance(expectedWords, heardWords) / expectedWords.length
}

function wordsOf(text: string): readonly string[] {
  const letters = text.toLowerCase().replaceAll(/[’'-]/g, '')
  return letters.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
}

/** Levenshtein's distance with one row of memory. */
function editDistance(from: readonly string[], to: readonly string[]): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, word] of from.entries()) {
    const next = [index + 1]
    for (const [column, other] of to.entries()) {
      const substituted = row[column]! + (word === other ? 0 : 1)
      next.push(Math.min(substituted, row[column + 1]! + 1, next[column]! + 1))
    }
    row = next
  }
  return row.at(-1)!
}
