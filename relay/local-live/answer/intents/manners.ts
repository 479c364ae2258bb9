import { type Intent, type Question, say } from '../intent.ts'
import { countWords } from '../plain-words.ts'

export const thanks: Intent = {
  name: 'thanks',
  matches: short(5, /\bthank(?:s| you)\b/),
  examples: ['thank you', 'thanks a lot', 'thank you very much'],
  reply: () => say('You are welcome.'),
}

export const stop: Intent = {
  name: 'stop',
  matches: short(
    6,
    /^(?:please |okay |ok )?(?:stop|be quiet|shut up|silence|quiet|enough|that is enough|never mind)\b/,
  ),
  examples: ['stop', 'stop talking', 'please stop', 'stop please stop talking', 'be quiet'],
  // Whatever was being said has been cut by the user's own voice; a long answer would mock them.
  reply: () => say('Okay.'),
}

export const farewell: Intent = {
  name: 'farewell',
  matches: short(4, /^(?:okay )?(?:good ?bye|bye|see you|good night)\b/),
  examples: ['goodbye', 'bye bye', 'see you later'],
  reply: () => say('Goodbye.'),
}

export const greeting: Intent = {
  name: 'greeting',
  matches: short(5, /^(?:hello|hi|hey|greetings|good (?:morning|afternoon|evening)|how are you)\b/),
  examples: ['hello', 'hello there', 'good morning', 'hi there', 'how are you'],
  reply: () => say('Hello. Ask me what I can do.'),
}

/** Manners are short; the same words in a longer sentence are about something else. */
function short(maxWords: number, pattern: RegExp): (question: Question) => boolean {
  return ({ plain }) => countWords(plain) <= maxWords && pattern.test(plain)
}
