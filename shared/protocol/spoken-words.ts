/** A piece of what the model said, as it arrived; pieces split inside words. */
export interface SpokenFragment {
  readonly text: string
  /** How much of the turn's audio had arrived before it, ms: where the piece begins to sound. */
  readonly startMs: number
}

/** A word of an answer. */
export interface SpokenWord {
  /** Characters of the text up to and with it. */
  readonly end: number
  /** Where it begins to sound, ms. */
  readonly fromMs: number
  /** Its middle, ms: who heard so much has understood it. */
  readonly middleMs: number
}

/** Some scripts put no space between words: there every letter counts as one. */
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}][\p{M}\p{P}]*|[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/gu

/**
 * When each word of an answer sounds. Pure.
 *
 * The brain gives no time for a word, so each piece is spread evenly over the audio up to the next one.
 *
 * @param audioMs all audio of the turn
 */
export function spokenWords(fragments: readonly SpokenFragment[], audioMs: number): readonly SpokenWord[] {
  const text = fragments.map((fragment) => fragment.text).join('')
  const spans = spansOf(fragments, audioMs)
  return [...text.matchAll(WORD)].map(({ index, 0: word }) => ({
    end: index + word.length,
    fromMs: positionMs(spans, index),
    middleMs: positionMs(spans, index + word.length / 2),
  }))
}

/**
 * The part of an answer that a listener heard. Pure. A word counts as heard once its middle was played; words are never cut.
 *
 * @param audioMs all audio of the turn that arrived
 * @param playedMs how much of it reached the speaker
 * @returns a beginning of the whole text that ends with a whole word
 */
export function heardText(fragments: readonly SpokenFragment[], audioMs: number, playedMs: number): string {
  const text = fragments.map((fragment) => fragment.text).join('')
  if (playedMs >= audioMs) return text
  const words = spokenWords(fragments, audioMs)
  const unheard = words.findIndex(({ middleMs }) => middleMs >= playedMs)
  const heard = unheard === -1 ? words : words.slice(0, unheard)
  return text.slice(0, heard.at(-1)?.end ?? 0)
}

/** Characters `from`–`to` of the text sound from `fromMs` to `toMs`. */
interface Span {
  readonly from: number
  to: number
  readonly fromMs: number
  toMs: number
}

/** Pieces that arrived at the same position share one span: their words came ahead of the sound. */
function spansOf(fragments: readonly SpokenFragment[], audioMs: number): readonly Span[] {
  const spans: Span[] = []
  let length = 0
  for (const { text, startMs } of fragments) {
    const last = spans.at(-1)
    if (last?.fromMs === startMs) last.to += text.length
    else {
      if (last !== undefined) last.toMs = startMs
      spans.push({ from: length, to: length + text.length, fromMs: startMs, toMs: audioMs })
    }
    length += text.length
  }
  return spans
}

function positionMs(spans: readonly Span[], character: number): number {
  const span = spans.findLast(({ from }) => from <= character)
  if (span === undefined) return 0
  const share = (character - span.from) / Math.max(1, span.to - span.from)
  return span.fromMs + share * (span.toMs - span.fromMs)
}
