/**
 * Characters nobody sees: direction overrides and isolates, zero-width spaces, word joiners, tags. They can hide an order to
 * the model from the person. Joiners that spell words (U+200C, U+200D) and the byte order mark's place are left to others.
 */
const INVISIBLE = /[\u00AD\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\u{E0000}-\u{E007F}]/gu

/** Text as a person would read it: one space between words, at most one empty line, nothing invisible. */
export function cleanText(text: string): string {
  return text
    .replace(INVISIBLE, '')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** Cuts at the last word that fits. @param budget characters */
export function cutAtWord(text: string, budget: number): { readonly text: string; readonly truncated: boolean } {
  if (text.length <= budget) return { text, truncated: false }
  const head = text.slice(0, budget + 1)
  const end = head.search(/\s\S*$/)
  return { text: head.slice(0, end > budget / 2 ? end : budget).trimEnd(), truncated: true }
}
