import { type ModalityTokenCount, type UsageMetadata } from '@google/genai'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type LiveEvent, type LiveTokens } from './live-model.ts'

/** What Gemini says a turn took. Thoughts are billed as text that was said, tools' results as text that was read. */
export function usageOf(usage: UsageMetadata): LiveEvent {
  return withoutUndefined({
    type: 'usage' as const,
    promptTokens: usage.promptTokenCount,
    responseTokens: usage.responseTokenCount,
    totalTokens: usage.totalTokenCount,
    details: detailsOf(usage),
  })
}

function detailsOf(usage: UsageMetadata): LiveTokens['details'] {
  const { promptTokensDetails: read, responseTokensDetails: said } = usage
  if (read === undefined && said === undefined) return undefined
  return {
    textIn: count(read, 'TEXT', 'DOCUMENT') + (usage.toolUsePromptTokenCount ?? 0),
    audioIn: count(read, 'AUDIO'),
    imageIn: count(read, 'IMAGE', 'VIDEO'),
    textOut: count(said, 'TEXT') + (usage.thoughtsTokenCount ?? 0),
    audioOut: count(said, 'AUDIO'),
  }
}

function count(tokens: readonly ModalityTokenCount[] | undefined, ...kinds: readonly string[]): number {
  return (tokens ?? [])
    .filter(({ modality }) => modality !== undefined && kinds.includes(modality))
    .reduce((sum, { tokenCount = 0 }) => sum + tokenCount, 0)
}
