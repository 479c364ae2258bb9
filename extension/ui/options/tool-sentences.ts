import { type ToolDeclaration } from '../../../shared/protocol/tool-declaration.ts'

/** What each tool of the browser does, for people: what a declaration says is for the model. */
export const TOOL_SENTENCES = { read_page: 'options.tools.readPage' } as const

export const EFFECT_NAMES = {
  read: 'options.tools.effect.read',
  write: 'options.tools.effect.write',
  egress: 'options.tools.effect.egress',
} as const satisfies Record<ToolDeclaration['effect'], string>

/** @returns the key of the sentence; undefined where nobody wrote one */
export function toolSentence(name: string): (typeof TOOL_SENTENCES)[keyof typeof TOOL_SENTENCES] | undefined {
  return Object.hasOwn(TOOL_SENTENCES, name) ? TOOL_SENTENCES[name as keyof typeof TOOL_SENTENCES] : undefined
}
