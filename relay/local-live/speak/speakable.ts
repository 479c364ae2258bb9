/** What Flite would stumble over, and what to say for it. */
const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/https?:\/\/(?:www\.)?([^\s/]+)\S*/g, '$1'],
  [/[‘’ʼ]/g, "'"],
  [/[“”„«»]/g, '"'],
  [/\s*[–—]\s*/g, ', '],
  [/…/g, '.'],
  [/€\s?(\d[\d.,]*)/g, '$1 euros'],
  [/£\s?(\d[\d.,]*)/g, '$1 pounds'],
  [/°C\b/g, ' degrees'],
  [/×/g, ' times '],
  [/ß/g, 'ss'],
  [/[æÆ]/g, 'ae'],
  [/[øØ]/g, 'o'],
  [/[_*#`|~<>^\\{}[\]]/g, ' '],
]

/** @returns the text in the plain ASCII that Flite can speak, empty when nothing of it can be spoken */
export function speakable(text: string): string {
  const plain = REPLACEMENTS.reduce((result, [pattern, words]) => result.replace(pattern, words), text)
  const ascii = plain.normalize('NFKD').replace(/[^\x20-\x7e]/g, (character) => (/\s/.test(character) ? ' ' : ''))
  const tidy = ascii.replace(/\s+/g, ' ').trim()
  return /[a-z0-9]/i.test(tidy) ? tidy : ''
}
