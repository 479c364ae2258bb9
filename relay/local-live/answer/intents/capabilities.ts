import { anyOf, say, type Intent } from '../intent.ts'
import { choosePageTool } from '../tool-choice.ts'

export const capabilities: Intent = {
  name: 'capabilities',
  matches: anyOf(
    /\bwhat (?:else )?(?:can|could) you do\b/,
    /\bwhat (?:are|can) you (?:able to do|help)\b/,
    /\bhow can you help\b/,
    /^(?:who|what) are you$/,
    /^help(?: me)?(?: please)?$/,
  ),
  examples: ['what can you do', 'what can you do for me', 'how can you help me', 'who are you'],
  reply: ({ tools }) => {
    const page = choosePageTool(tools) === undefined ? '' : 'read you an extract of this page, '
    return say(
      `I can ${page}tell you the time and the date, repeat what you say, and tell which picture you showed me. ` +
        'I run on this machine, without a language model.',
    )
  },
}
