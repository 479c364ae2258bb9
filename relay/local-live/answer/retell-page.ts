import { isRecord } from '../wire/json-names.ts'
import { extract } from './extract.ts'

/** What a tool gave of a page, as far as it can be made out. */
export type PageResult =
  | { readonly ok: true; readonly title: string; readonly text: string }
  | { readonly ok: false; readonly message: string }

const TITLE_FIELDS = ['title', 'name', 'heading']
const TEXT_FIELDS = ['text', 'content', 'body', 'markdown', 'article', 'excerpt', 'description']
/** Objects inside of objects inside of the result; tools do not bury their text deeper. */
const MAX_DEPTH = 4
const MAX_TITLE = 120

/** Finds the page in a function response, whatever the tool's fields are called. */
export function pageIn(response: Readonly<Record<string, unknown>>): PageResult {
  const { error } = response
  if (error !== undefined && error !== null && error !== false) return { ok: false, message: errorText(error) }
  const strings = stringsIn(response['output'] ?? response['result'] ?? response)
  const named = (names: readonly string[]) =>
    names.map((name) => strings.find((found) => found.name === name && found.value.trim() !== '')?.value).find(Boolean)
  const longest = strings
    .map(({ value }) => value)
    .reduce((best, value) => (value.length > best.length ? value : best), '')
  return { ok: true, title: named(TITLE_FIELDS)?.trim() ?? '', text: named(TEXT_FIELDS) ?? longest }
}

/** @returns what to say: the title and the one or two sentences that say most, marked as an extract */
export function retellPage(page: PageResult): string {
  if (!page.ok) return `I could not read the page. ${sentence(page.message)}`
  const title = page.title.length > MAX_TITLE ? `${page.title.slice(0, MAX_TITLE)}…` : page.title
  const introduction = title === '' ? '' : `This page is called ${sentence(title)} `
  const sentences = extract(page.text, page.title)
  if (sentences.length === 0) return `${introduction}I found no text on it that I can read to you.`
  return `${introduction}An extract: ${sentences.join(' ')}`
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`
}

function errorText(error: unknown): string {
  if (typeof error === 'string') return error
  const message = isRecord(error) ? error['message'] : undefined
  return typeof message === 'string' ? message : 'The tool failed without saying why.'
}

function stringsIn(value: unknown, name = '', depth = 0): readonly { readonly name: string; readonly value: string }[] {
  if (typeof value === 'string') return [{ name, value }]
  if (depth >= MAX_DEPTH) return []
  if (Array.isArray(value)) return value.flatMap((item) => stringsIn(item, name, depth + 1))
  return isRecord(value) ? Object.entries(value).flatMap(([key, inner]) => stringsIn(inner, key, depth + 1)) : []
}
