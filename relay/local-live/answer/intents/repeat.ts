import { anyOf, say, type Intent, type Question } from '../intent.ts'
import { withoutNote } from '../plain-words.ts'

const AFTER_ME =
  /\b(?:repeat after me|say after me|repeat (?:the )?(?:following|this)|repeat|say)\b[\s,.:;!"“-]+(\S.*)$/i

/** "Repeat after me: …" */
export const repeatAfterMe: Intent = {
  name: 'repeat-after-me',
  matches: (question) =>
    /^(?:please |can you |could you |now )*(?:repeat|say)\b/.test(question.plain) && told(question) !== '',
  examples: ['repeat after me'],
  reply: (question) => say(told(question) === '' ? 'Say it after: repeat after me.' : told(question)),
}

/** "What did I just say?" */
export const recall: Intent = {
  name: 'recall',
  matches: anyOf(/\bwhat did i (?:just )?(?:say|ask|tell)/, /\brepeat what i (?:just )?said\b/, /\bwhat i just said\b/),
  examples: ['what did i say', 'what did i just say', 'repeat what i said'],
  reply: ({ history }) => {
    const entry = history.findLast(({ role }) => role === 'user')
    return say(entry === undefined ? 'You have not said anything before this.' : `You said: ${withoutNote(entry.text)}`)
  },
}

/** "Say that again." */
export const lastSaid: Intent = {
  name: 'last-said',
  matches: anyOf(
    /\bsay (?:that|it) again\b/,
    /\brepeat (?:that|it|yourself)\b/,
    /^(?:please )?repeat(?: please)?$/,
    /^(?:pardon|what did you say)\b/,
  ),
  examples: ['say that again', 'repeat that please', 'can you repeat that'],
  reply: ({ history }) => {
    const entry = history.findLast(({ role }) => role === 'model')
    return say(entry?.text ?? 'I have not said anything yet.')
  },
}

/** The words after "repeat", unless they only point at what was said before. */
function told({ words }: Question): string {
  const after = AFTER_ME.exec(words)?.[1] ?? ''
  return /^(?:that|it|yourself|again|please|what (?:i|you)\b)/i.test(after) ? '' : after.replace(/["”]\s*$/, '')
}
