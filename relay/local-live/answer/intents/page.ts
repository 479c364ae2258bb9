import { anyOf, say, type Intent } from '../intent.ts'
import { pageIn, retellPage } from '../retell-page.ts'
import { choosePageTool, fillArguments } from '../tool-choice.ts'

const ABOUT_PAGE = /\b(?:page|article|site|tab|document|blog|story|post)\b/
const WANTS_CONTENT = /\b(?:what|summar\w*|sum up|read|about|tell|says?|explain|describe|gist|point|extract)\b/

export const page: Intent = {
  name: 'page',
  matches: (question) => (ABOUT_PAGE.test(question.plain) && WANTS_CONTENT.test(question.plain)) || pointing(question),
  examples: [
    'what is this page about',
    'read this page to me',
    'summarise this page',
    'summarize the article',
    'tell me about this page',
  ],
  reply: ({ tools }) => {
    const tool = choosePageTool(tools)
    if (tool === undefined) return say('I cannot read the page: no tool for that was offered to me.')
    return {
      type: 'call',
      name: tool.name,
      args: fillArguments(tool) ?? {},
      meanwhile: 'I am reading the page.',
      retell: (response) => retellPage(pageIn(response)),
    }
  },
}

/** "Summarise this", "What is this about?" */
const pointing = anyOf(
  /^(?:please |can you |could you )*(?:summari[sz]e|sum up|sum)(?: (?:this|that|it))?(?: up)?(?: (?:for me|please))*$/,
  /^what is (?:this|that|it)(?: all)? about$/,
  /^what am i looking at$/,
)
