import { type ClientMessageOf } from '../../shared/protocol/client-message.ts'
import { type LedgerContent } from './ledger-entry.ts'

/** Enough to recognise what was typed, without keeping it a second time. */
const KEPT_WORDS = 8
const KEPT_CHARACTERS = 80

type Words = Omit<LedgerContent, 'salt' | 'thumbnail'>

export function typedText(text: string): [{ source: 'typed'; characters: number }, Words] {
  return [{ source: 'typed', characters: text.length }, { words: firstWords(text) }]
}

/** What a tool of the browser gave away. */
export function resultText(
  tool: string,
  output: Readonly<Record<string, unknown>>,
): [{ source: 'tool'; characters: number; tool: string }, Words] {
  const { title, url } = output
  return [
    { source: 'tool', characters: JSON.stringify(output).length, tool },
    namedPage(typeof title === 'string' ? title : '', typeof url === 'string' ? url : ''),
  ]
}

/** The page in front as the relay is told it; nothing where Chrome tells nothing. */
export function addressChange(page: ClientMessageOf<'context.update'>['page']): Words & { readonly url?: string } {
  return page === undefined ? {} : { url: page.url, ...namedPage(page.title, page.url) }
}

function namedPage(title: string, url: string): Words {
  const host = URL.parse(url)?.host ?? ''
  return { ...(title === '' ? {} : { title: title.slice(0, 200) }), ...(host === '' ? {} : { host }) }
}

function firstWords(text: string): string {
  const words = text.trim().split(/\s+/)
  const kept = words.slice(0, KEPT_WORDS).join(' ').slice(0, KEPT_CHARACTERS)
  return words.length > KEPT_WORDS || kept.length === KEPT_CHARACTERS ? `${kept.trimEnd()}…` : kept
}
