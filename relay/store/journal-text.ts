import { type JournalEntry } from './journal.ts'
import { StoreError, type Json } from './key-value.ts'

/** What a holder may leave for the next one, bytes of JSON: it is written with every entry. */
const MAX_STATE_BYTES = 16 * 1024

/** Characters of a conversation's first words that name it in a list. */
const MAX_TITLE_LENGTH = 120

/** An entry as JSON with its fields in one order: the same entry is the same text, so that stores can compare it. */
export function entryJson({ seq, turn, role, text, id, interrupted, at }: JournalEntry): string {
  return JSON.stringify({ seq, turn, role, text, id, interrupted, at })
}

/** @param json made by {@link entryJson} */
export function parseEntry(json: string): JournalEntry {
  return JSON.parse(json) as JournalEntry
}

/** @throws {StoreError} when it is larger than what may be kept */
export function stateJson(state: Json): string {
  const json = JSON.stringify(state)
  const bytes = Buffer.byteLength(json)
  if (bytes > MAX_STATE_BYTES) {
    throw new StoreError(`The state of a conversation is too large: ${bytes} bytes of at most ${MAX_STATE_BYTES}.`)
  }
  return json
}

/** Names a conversation by its first words; what is cut off is cut at a character people see as one. */
export function titleOf(text: string): string {
  const words = text.toWellFormed().replace(/\s+/gu, ' ').trim()
  if (words.length <= MAX_TITLE_LENGTH) return words
  let title = ''
  for (const { segment } of new Intl.Segmenter().segment(words.slice(0, 2 * MAX_TITLE_LENGTH))) {
    if (title.length + segment.length >= MAX_TITLE_LENGTH) break
    title += segment
  }
  return `${title.trimEnd()}…`
}

/** Text as it is searched: upper case, in which ß and SS, ς and Σ are the same, and accents composed. */
export function foldCase(text: string): string {
  return text.normalize('NFKC').toUpperCase().normalize('NFC')
}

/** The words of a query, folded. @returns none for a query of spaces */
export function queryWords(query: string | undefined): readonly string[] {
  return foldCase(query ?? '')
    .split(/\s+/u)
    .filter((word) => word !== '')
}
