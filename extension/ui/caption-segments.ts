import { type CaptionText } from '../messaging/voice-state.ts'

/** A stretch of a caption as it is set: plain, as a quotation, or struck through because nobody heard it. */
export interface CaptionSegment {
  readonly kind: 'said' | 'quote' | 'unheard'
  readonly text: string
}

/** Shorter quotations stay in their sentence: a rule beside a single word would only disturb. */
const QUOTE_MIN_WORDS = 4

/** An opening mark stands at the start or after a space, so that inches and apostrophes open nothing. */
const QUOTATION = /(^|[\s(—])[“"„]([^“”"„]+)[”"“](?=$|[\s.,;:!?)—])/g

/**
 * Splits a caption into what is set differently. Marks of quotations that get a block of their own are left out.
 * No word is ever lost: only quotation marks and the full stops between two blocks are.
 */
export function captionSegments(caption: CaptionText): readonly CaptionSegment[] {
  const segments = quotations(caption.text)
  const unheard = caption.unheard?.trim() ?? ''
  return unheard === '' ? segments : [...segments, { kind: 'unheard', text: unheard }]
}

function quotations(text: string): readonly CaptionSegment[] {
  const segments: CaptionSegment[] = []
  let rest = 0
  for (const match of text.matchAll(QUOTATION)) {
    const [whole, before = '', quoted = ''] = match
    if (wordCount(quoted) < QUOTE_MIN_WORDS) continue
    addSaid(segments, text.slice(rest, match.index + before.length))
    segments.push({ kind: 'quote', text: quoted.trim() })
    rest = match.index + whole.length
  }
  addSaid(segments, text.slice(rest))
  return segments
}

function addSaid(segments: CaptionSegment[], between: string): void {
  const afterQuote = segments.length > 0
  const text = (afterQuote ? between.replace(/^[\s.,;:]+/, '') : between).trim()
  if (text !== '') segments.push({ kind: 'said', text })
}

function wordCount(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length
}
