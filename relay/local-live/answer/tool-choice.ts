import { type FunctionDeclaration } from '../wire/setup-schema.ts'
import { isRecord } from '../wire/json-names.ts'

/** A declared tool is one that reads the page if its words say both; a word in its name counts like three in its text. */
const PAGE_WORDS = new Set(['page', 'webpage', 'tab', 'article', 'website', 'site', 'document'])
const READ_WORDS = new Set(['read', 'reads', 'extract', 'extracts', 'text', 'content', 'contents', 'main'])
/** Many tools get something; it counts little. */
const GET_WORDS = new Set(['get', 'gets', 'fetch', 'fetches'])
/** Names of tools that change or leave the page. */
const OTHER_WORDS = new Set([
  ...['click', 'close', 'create', 'delete', 'fill', 'find', 'go', 'highlight', 'mark', 'navigate', 'open', 'outline'],
  ...['press', 'save', 'screenshot', 'scroll', 'search', 'select', 'send', 'submit', 'switch', 'type', 'write'],
])
const NAME_WEIGHT = 3

/** @returns the declared tool that best gives the text of the page, whatever it is called; undefined when none does */
export function choosePageTool(tools: readonly FunctionDeclaration[]): FunctionDeclaration | undefined {
  const [best] = tools
    .map((tool) => ({ tool, score: pageScore(tool) }))
    .filter(({ tool, score }) => score > 0 && fillArguments(tool) !== undefined)
    .sort((a, b) => b.score - a.score)
  return best?.tool
}

/**
 * Arguments that satisfy the tool's schema without knowing anything: defaults, first choices, `false`.
 *
 * @returns undefined when a required argument has to be known
 */
export function fillArguments(tool: FunctionDeclaration): Readonly<Record<string, unknown>> | undefined {
  const schema = tool.parametersJsonSchema ?? tool.parameters ?? {}
  const properties = isRecord(schema['properties']) ? schema['properties'] : {}
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : []
  const filled = required.map((name) => [name, anyValue(properties[name])] as const)
  return filled.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(filled)
}

function pageScore({ name, description }: FunctionDeclaration): number {
  const nameWords = wordsOf(name.replace(/([a-z])([A-Z])/g, '$1 $2'))
  if (nameWords.some((word) => OTHER_WORDS.has(word))) return 0
  const score = (words: ReadonlySet<string>) =>
    NAME_WEIGHT * count(nameWords, words) + Math.min(NAME_WEIGHT, count(wordsOf(description), words))
  return score(PAGE_WORDS) * (score(READ_WORDS) + count(nameWords, GET_WORDS))
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[a-z]+/g) ?? []
}

function count(words: readonly string[], wanted: ReadonlySet<string>): number {
  return new Set(words.filter((word) => wanted.has(word))).size
}

function anyValue(schema: unknown): unknown {
  if (!isRecord(schema)) return undefined
  if (schema['default'] !== undefined) return schema['default']
  if (Array.isArray(schema['enum'])) return schema['enum'][0] as unknown
  const type = typeof schema['type'] === 'string' ? schema['type'].toLowerCase() : ''
  if (type === 'boolean') return false
  return (type === 'integer' || type === 'number') && typeof schema['minimum'] === 'number'
    ? schema['minimum']
    : undefined
}
