import { type LiveTokens } from '../live/live-model.ts'
import { type TokenName } from './usage-day.ts'

/** US dollars for a million tokens. */
export type TokenPrices = Readonly<Record<TokenName, number>>

/** The local brain answers for nothing. */
export const FREE: TokenPrices = { textIn: 0, audioIn: 0, imageIn: 0, textOut: 0, audioOut: 0 }

/** Gemini 3.8 Live as of November 2026. A picture's tokens are taken for text's, as Google bills other models' pictures. */
const GEMINI_LIVE: TokenPrices = { textIn: 0.75, audioIn: 3, imageIn: 0.75, textOut: 4.5, audioOut: 12 }

/** What a brain's tokens cost. An estimate: models without a price of their own are taken for the newest. */
export function pricesOf(brain: 'gemini' | 'local'): TokenPrices {
  return brain === 'local' ? FREE : GEMINI_LIVE
}

/**
 * Splits tokens by kind. What the brain did not itemise is taken for text where it itemised some (it leaves out a few of the
 * instructions), else for sound, which costs most: a limit of money errs on the safe side.
 */
export function itemise({
  promptTokens = 0,
  responseTokens = 0,
  details,
}: LiveTokens): Readonly<Record<TokenName, number>> {
  if (details === undefined)
    return { textIn: 0, audioIn: promptTokens, imageIn: 0, textOut: 0, audioOut: responseTokens }
  const { audioIn, imageIn, textIn, audioOut, textOut } = details
  return {
    audioIn,
    imageIn,
    textIn: Math.max(textIn, promptTokens - audioIn - imageIn),
    audioOut,
    textOut: Math.max(textOut, responseTokens - audioOut),
  }
}

/** @returns US dollars */
export function costOf(tokens: Readonly<Record<TokenName, number>>, prices: TokenPrices): number {
  const names = Object.keys(prices) as TokenName[]
  return names.reduce((sum, name) => sum + tokens[name] * prices[name], 0) / 1e6
}
