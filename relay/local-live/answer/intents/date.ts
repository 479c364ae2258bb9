import { anyOf, say, type Intent } from '../intent.ts'

export const date: Intent = {
  name: 'date',
  matches: anyOf(
    /\b(?:what|which) (?:is )?(?:the )?(?:current |today s )?(?:date|day)\b/,
    /\btoday s date\b/,
    /\bwhat is today\b/,
    /\b(?:tell me|know) the date\b/,
  ),
  examples: ['what is the date today', 'what day is it', 'which day is it today', 'tell me the date'],
  reply: ({ now }) => {
    const weekday = now.toLocaleDateString('en-GB', { weekday: 'long' })
    const day = now.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })
    return say(`Today is ${weekday}, ${day}.`)
  },
}
