import { anyOf, say, type Intent } from '../intent.ts'

export const time: Intent = {
  name: 'time',
  matches: anyOf(
    /\bwhat (?:is )?(?:the )?(?:current |exact )?time\b/,
    /\btime is it\b/,
    /\b(?:tell me|have you got|do you know|you have) (?:what )?the time\b/,
  ),
  examples: ['what time is it', 'what is the time', 'tell me the time', 'what time is it now'],
  reply: ({ now }) => say(`It is ${clock(now)}.`),
}

/** @returns the local time as it is said: "3:45 in the afternoon" */
function clock(now: Date): string {
  const hours = now.getHours()
  const minutes = String(now.getMinutes()).padStart(2, '0')
  return `${hours % 12 === 0 ? 12 : hours % 12}:${minutes} ${partOfDay(hours)}`
}

function partOfDay(hours: number): string {
  if (hours < 5 || hours >= 22) return 'at night'
  if (hours < 12) return 'in the morning'
  return hours < 18 ? 'in the afternoon' : 'in the evening'
}
