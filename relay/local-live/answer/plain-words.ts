/** Contractions and spellings that recognition varies, and how the intents know them. */
const SAME_WORDS: readonly (readonly [RegExp, string])[] = [
  [/[’‘]/g, "'"],
  [/\bto-(day|morrow|night)\b/g, 'to$1'],
  [/\bwhat's\b/g, 'what is'],
  [/\bthat's\b/g, 'that is'],
  [/\bit's\b/g, 'it is'],
  [/\bwho's\b/g, 'who is'],
  [/\bi'm\b/g, 'i am'],
  [/\bcan't\b/g, 'can not'],
  [/\bdon't\b/g, 'do not'],
  [/'s\b/g, ' s'],
  [/\bweb ?(page|site)\b/g, '$1'],
]

/** A note about page and sensors that a client may put before a typed turn. */
const CONTEXT_NOTE = /^<context>.*?<\/context>\s*/s

/** @returns the user's own words */
export function withoutNote(words: string): string {
  return words.replace(CONTEXT_NOTE, '')
}

/** @returns the words for matching: lower case, contractions written out, no punctuation, single spaces */
export function plainWords(words: string): string {
  return SAME_WORDS.reduce((text, [pattern, same]) => text.replace(pattern, same), words.toLowerCase())
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
}

export function countWords(plain: string): number {
  return plain === '' ? 0 : plain.split(' ').length
}
