import { INTENTS } from './intent-table.ts'
import { say, type Intent, type Question, type Reply } from './intent.ts'
import { plainWords, withoutNote } from './plain-words.ts'
import { likeness } from './trigram.ts'

/** Words this like an example are taken for it; below, unrelated questions begin to match. */
const ALIKE = 0.62
/** What was heard is read back, but nobody wants to hear a minute of it. */
const MAX_HEARD = 160

/** Answers without a language model: by a table of intents, and honestly where none fits. */
export function answer(asked: Omit<Question, 'plain'>): Reply {
  const words = withoutNote(asked.words)
  const question: Question = { ...asked, words, plain: plainWords(words) }
  const intent = findIntent(question)
  return intent === undefined ? admit(question) : intent.reply(question)
}

/** Exported for its table of examples. */
export function findIntent(question: Question): Intent | undefined {
  return INTENTS.find((intent) => intent.matches(question)) ?? mostAlike(question.plain)
}

function mostAlike(plain: string): Intent | undefined {
  const ranked = INTENTS.map((intent) => ({
    intent,
    score: Math.max(...intent.examples.map((example) => likeness(plain, example))),
  })).sort((a, b) => b.score - a.score)
  const [best] = ranked
  return best !== undefined && best.score >= ALIKE ? best.intent : undefined
}

function admit({ words }: Question): Reply {
  const heard = words.length > MAX_HEARD ? `${words.slice(0, MAX_HEARD)}…` : words
  const closed = /[.!?…]$/.test(heard) ? heard : `${heard}.`
  return say(`I heard: ${closed} I am running without a language model, so I cannot answer that.`)
}
