import { MediaModality } from '@google/genai'
import { describe, expect, it } from 'vitest'
import { usageOf } from './gemini-usage.ts'

describe('usageOf', () => {
  it('tells what was not itemised as it is', () => {
    expect(usageOf({ promptTokenCount: 10, responseTokenCount: 5, totalTokenCount: 15 })).toEqual({
      type: 'usage',
      promptTokens: 10,
      responseTokens: 5,
      totalTokens: 15,
    })
  })

  it('adds up the kinds of tokens', () => {
    const usage = usageOf({
      promptTokenCount: 522,
      responseTokenCount: 60,
      toolUsePromptTokenCount: 7,
      thoughtsTokenCount: 3,
      promptTokensDetails: [
        { modality: MediaModality.TEXT, tokenCount: 332 },
        { modality: MediaModality.AUDIO, tokenCount: 100 },
        { modality: MediaModality.IMAGE, tokenCount: 64 },
        { modality: MediaModality.VIDEO, tokenCount: 1 },
        { tokenCount: 9 },
      ],
      responseTokensDetails: [{ modality: MediaModality.AUDIO, tokenCount: 60 }],
    })
    expect(usage).toMatchObject({
      details: { textIn: 339, audioIn: 100, imageIn: 65, textOut: 3, audioOut: 60 },
    })
  })
})
