import { type ModalityTokens, type UsageMetadata } from './wire/server-message.ts'

/** Gemini Live's usual figures: 25 tokens a second of sound, 258 a picture, about 4 characters a token. */
const AUDIO_TOKENS_PER_SECOND = 25
const IMAGE_TOKENS = 258
const CHARACTERS_PER_TOKEN = 4

/** Counts tokens as the service does: each turn is charged with everything said before it. */
export class UsageMeter {
  /** Of the conversation up to now. */
  readonly #context = { TEXT: 0, IMAGE: 0, AUDIO: 0 }

  heard(durationMs: number): void {
    this.#context.AUDIO += audioTokens(durationMs)
  }

  read(text: string): void {
    this.#context.TEXT += Math.ceil(text.length / CHARACTERS_PER_TOKEN)
  }

  saw(): void {
    this.#context.IMAGE += IMAGE_TOKENS
  }

  /** Ends a turn. @param spokenMs what the model said @returns the turn's bill */
  endTurn(spokenMs: number): UsageMetadata {
    const prompt = details(this.#context)
    const promptTokenCount = sum(prompt)
    const responseTokenCount = audioTokens(spokenMs)
    this.#context.AUDIO += responseTokenCount
    return {
      promptTokenCount,
      responseTokenCount,
      totalTokenCount: promptTokenCount + responseTokenCount,
      promptTokensDetails: prompt,
      responseTokensDetails: details({ TEXT: 0, IMAGE: 0, AUDIO: responseTokenCount }),
    }
  }
}

function audioTokens(durationMs: number): number {
  return Math.ceil((durationMs / 1000) * AUDIO_TOKENS_PER_SECOND)
}

function details(counts: Readonly<Record<ModalityTokens['modality'], number>>): readonly ModalityTokens[] {
  return (['TEXT', 'IMAGE', 'AUDIO'] as const)
    .map((modality) => ({ modality, tokenCount: counts[modality] }))
    .filter(({ tokenCount }) => tokenCount > 0)
}

function sum(tokens: readonly ModalityTokens[]): number {
  return tokens.reduce((total, { tokenCount }) => total + tokenCount, 0)
}
