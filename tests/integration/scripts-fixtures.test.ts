import { describe, expect, it } from 'vitest'
import { loadSamples, RECORDINGS, recordingPath } from '../support/fixtures.ts'
import { recogniseSpeech, wordErrorRate } from '../support/recognise.ts'

/** One wrong word in ten; the recordings were chosen to be understood. */
const MAX_ERROR_RATE = 0.1

describe('the recordings', () => {
  it.each(Object.entries(RECORDINGS))('%s says what is written about it', async (name, { text }) => {
    const heard = await recogniseSpeech(await loadSamples(recordingPath(name)))
    expect(wordErrorRate(text, heard), heard).toBeLessThanOrEqual(MAX_ERROR_RATE)
  })

  it('would not pass as one another', () => {
    const texts = Object.values(RECORDINGS).map(({ text }) => text)
    for (const text of texts)
      for (const other of texts) if (text !== other) expect(wordErrorRate(text, other)).toBeGreaterThan(MAX_ERROR_RATE)
  })

  it('are judged word by word', () => {
    expect(wordErrorRate('What is the date today?', 'what is the date to-day')).toBe(0)
    expect(wordErrorRate('one two three four', 'one two four')).toBe(0.25)
    expect(wordErrorRate('one two', 'one and two three')).toBe(1)
    expect(wordErrorRate('one two', '')).toBe(1)
  })
})
