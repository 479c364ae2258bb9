/** Sentences considered; the cost grows with their square, and pages say what they are about early. */
const MAX_SENTENCES = 120
const MIN_WORDS = 6
const MAX_SENTENCE_CHARACTERS = 260
/** About 20 s of speech: as long as one listens without having asked for more. */
const MAX_CHARACTERS = 330
/** TextRank's usual figures (Mihalcea & Tarau, 2004). */
const DAMPING = 0.85
const ROUNDS = 20
/** The first sentences of a page are its introduction more often than not. */
const LEAD_BONUS = 1.2
const TITLE_BONUS = 0.5

const COMMON_WORDS = new Set(
  (
    'a about after all also an and any are as at be been but by can could did do does for from had has have he her his ' +
    'how i if in into is it its more most my no not of on one or our out over she so some such than that the their ' +
    'them then there these they this to up was we were what when which who will with would you your'
  ).split(' '),
)

interface Sentence {
  readonly text: string
  readonly words: ReadonlySet<string>
}

/**
 * The one or two sentences that say most of a text: those most like the others (TextRank), with a bonus for standing
 * first and for sharing words with the title.
 *
 * @returns whole sentences in their order, empty when there is none to read
 */
export function extract(text: string, title: string): readonly string[] {
  const sentences = sentencesOf(text)
  const titleWords = wordsOf(title)
  const ranks = rank(sentences)
  const order = sentences
    .map((sentence, index) => ({
      index,
      text: sentence.text,
      score:
        (ranks[index] ?? 0) * (1 + LEAD_BONUS / (1 + index)) * (1 + TITLE_BONUS * share(sentence.words, titleWords)),
    }))
    .sort((a, b) => b.score - a.score)
  const [first, second] = order
  if (first === undefined) return []
  const both =
    second === undefined || first.text.length + second.text.length > MAX_CHARACTERS ? [first] : [first, second]
  return both.sort((a, b) => a.index - b.index).map((chosen) => chosen.text)
}

function sentencesOf(text: string): readonly Sentence[] {
  const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
  const found: Sentence[] = []
  for (const paragraph of text.split(/\n+/)) {
    for (const { segment } of segmenter.segment(paragraph)) {
      const sentence = segment.replace(/\s+/g, ' ').trim()
      if (isReadable(sentence)) found.push({ text: sentence, words: wordsOf(sentence) })
      if (found.length === MAX_SENTENCES) return found
    }
  }
  return found
}

/** Menus, captions and tables have no full stop or hardly any words. */
function isReadable(sentence: string): boolean {
  const words = sentence.split(' ').length
  return words >= MIN_WORDS && sentence.length <= MAX_SENTENCE_CHARACTERS && /[.!?]["')\]]*$/.test(sentence)
}

function wordsOf(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? []
  return new Set(words.filter((word) => word.length > 2 && !COMMON_WORDS.has(word)).map(stem))
}

/** Enough of a stem that "rivers" and "river" meet. */
function stem(word: string): string {
  return word.replace(/(?:ies|ing|ed|es|s)$/, '').slice(0, 8) || word
}

function share(words: ReadonlySet<string>, of: ReadonlySet<string>): number {
  return of.size === 0 ? 0 : [...of].filter((word) => words.has(word)).length / of.size
}

function rank(sentences: readonly Sentence[]): readonly number[] {
  const weights = sentences.map((one) => sentences.map((other) => (one === other ? 0 : similarity(one, other))))
  const totals = weights.map((row) => row.reduce((sum, weight) => sum + weight, 0))
  let ranks = sentences.map(() => 1)
  for (let round = 0; round < ROUNDS; round += 1) {
    const previous = ranks
    ranks = sentences.map((_, to) => {
      const incoming = previous.reduce((sum, value, from) => {
        const total = totals[from] ?? 0
        return total === 0 ? sum : sum + ((weights[from]?.[to] ?? 0) / total) * value
      }, 0)
      return 1 - DAMPING + DAMPING * incoming
    })
  }
  return ranks
}

function similarity(one: Sentence, other: Sentence): number {
  const shared = [...one.words].filter((word) => other.words.has(word)).length
  return shared === 0 ? 0 : shared / (Math.log(one.words.size + 1) + Math.log(other.words.size + 1))
}
