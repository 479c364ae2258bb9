import { anyOf, say, type Intent } from '../intent.ts'

export const sight: Intent = {
  name: 'sight',
  matches: anyOf(
    /\bwhat (?:do|can|did) you see\b/,
    /\b(?:can|do) you see (?:this|that|me|it|my|the|anything)\b/,
    /\bwhat (?:am|did|have|was) i (?:just )?(?:show|shown|showing)\b/,
    /\bwhat (?:is|was) (?:on|in) (?:the|this|that|my) (?:picture|image|photo|screen|camera)\b/,
    /\bdescribe (?:the|this|that) (?:picture|image|photo|screen)\b/,
  ),
  examples: ['what do you see', 'can you see this', 'what did i just show you', 'what is in the picture'],
  reply: ({ shown }) => {
    if (shown === undefined) return say('Nothing has been shown to me.')
    const { kind, width, height } = shown.image
    return say(
      `You showed me a ${kind} picture of ${width} by ${height} pixels, ${ago(shown.agoMs)}. ` +
        'I have no model of sight here, so I cannot tell what is in it.',
    )
  },
}

function ago(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 2) return 'just now'
  if (seconds < 90) return `${seconds} seconds ago`
  return `${Math.round(seconds / 60)} minutes ago`
}
