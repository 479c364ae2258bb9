import { type ConversationEntry } from '../conversation.ts'
import { type ShownImage } from '../shown-image.ts'
import { type FunctionDeclaration } from '../wire/setup-schema.ts'

/** What the user said and what may be known when answering. */
export interface Question {
  /** As recognised or typed. */
  readonly words: string
  /** For matching: lower case, contractions written out, no punctuation. */
  readonly plain: string
  readonly now: Date
  /** What was said before. */
  readonly history: readonly ConversationEntry[]
  /** The newest picture, and how long ago it came, ms. */
  readonly shown: { readonly image: ShownImage; readonly agoMs: number } | undefined
  readonly tools: readonly FunctionDeclaration[]
}

export type Reply =
  | { readonly type: 'say'; readonly text: string }
  | {
      readonly type: 'call'
      readonly name: string
      readonly args: Readonly<Record<string, unknown>>
      /** Spoken when a call that need not be waited for takes long. */
      readonly meanwhile: string
      /** What to say about the result: the tool's `{output}` or `{error}`. */
      readonly retell: (response: Readonly<Record<string, unknown>>) => string
    }

/** One thing that can be answered without a language model. */
export interface Intent {
  readonly name: string
  /** Tried on the plain words, in the order of the table. */
  readonly matches: (question: Question) => boolean
  /** Said like one of these, the question is taken for it even where recognition erred. Plain words. */
  readonly examples: readonly string[]
  readonly reply: (question: Question) => Reply
}

export function say(text: string): Reply {
  return { type: 'say', text }
}

/** @returns a matcher for the plain words */
export function anyOf(...patterns: readonly RegExp[]): Intent['matches'] {
  return ({ plain }) => patterns.some((pattern) => pattern.test(plain))
}
