import * as v from 'valibot'
import { askRelay, askRelayForBytes, type FetchBytes, type RelayAnswer } from './relay-http.ts'

/** Of one page of the list; a person looks at one screen of them. */
const PAGE = 20

const time = v.pipe(v.string(), v.isoTimestamp())

const summarySchema = v.object({
  id: v.string(),
  startedAt: time,
  lastActiveAt: time,
  /** Its first words. */
  title: v.string(),
  /** How many things were said. */
  entries: v.number(),
})

const listSchema = v.object({
  conversations: v.array(summarySchema),
  /** Where the next page begins. */
  next: v.optional(time),
})

const entrySchema = v.object({
  seq: v.number(),
  turn: v.number(),
  role: v.picklist(['user', 'assistant']),
  text: v.string(),
  interrupted: v.optional(v.boolean()),
  at: time,
})

const conversationSchema = v.object({
  conversation: summarySchema,
  entries: v.array(entrySchema),
  /** Number of the last entry here, when there are more. */
  next: v.optional(v.number()),
})

export type ConversationSummary = Readonly<v.InferOutput<typeof summarySchema>>
type ConversationEntry = Readonly<v.InferOutput<typeof entrySchema>>
export type ConversationList = Readonly<v.InferOutput<typeof listSchema>>
/** A conversation with all that was said in it. */
export interface ConversationText {
  readonly conversation: ConversationSummary
  readonly entries: readonly ConversationEntry[]
}

/** Where the user's conversations are asked for, and by whom. */
export interface HistoryDoor {
  /** `http(s)://host[:port]` of the relay. */
  readonly baseUrl: string
  readonly fetch: FetchBytes
  readonly accessToken: string
}

/** `GET /v1/conversations`: one page, newest activity first. @param query words that must all occur */
export function askConversations(
  door: HistoryDoor,
  { query, before }: { readonly query?: string; readonly before?: string },
): Promise<RelayAnswer<ConversationList>> {
  const parameters = new URLSearchParams({ limit: String(PAGE) })
  if (query !== undefined && query.trim() !== '') parameters.set('q', query.trim().slice(0, 200))
  if (before !== undefined) parameters.set('before', before)
  return askRelay({ ...door, path: `/v1/conversations?${parameters.toString()}`, schema: listSchema })
}

/** `GET /v1/conversations/:id`, all its pages. */
export async function askConversation(door: HistoryDoor, id: string): Promise<RelayAnswer<ConversationText>> {
  const entries: ConversationEntry[] = []
  for (;;) {
    const path = `${pathOf(id)}?after=${entries.at(-1)?.seq ?? 0}`
    const answer = await askRelay({ ...door, path, schema: conversationSchema })
    if (!answer.ok) return answer
    entries.push(...answer.value.entries)
    const { conversation, next } = answer.value
    if (next === undefined || answer.value.entries.length === 0) return { ok: true, value: { conversation, entries } }
  }
}

/** `GET /v1/conversations/:id?format=markdown`. */
export async function askMarkdown(door: HistoryDoor, id: string): Promise<RelayAnswer<string>> {
  const answer = await askRelayForBytes({ ...door, path: `${pathOf(id)}?format=markdown`, mediaType: 'text/markdown' })
  return answer.ok ? { ok: true, value: new TextDecoder().decode(answer.value) } : answer
}

/** `DELETE /v1/conversations/:id`: it is gone, also when it was gone before. */
export async function askDeletion(door: HistoryDoor, id: string): Promise<RelayAnswer<unknown>> {
  const answer = await askRelay({ ...door, method: 'DELETE', path: pathOf(id), schema: v.unknown() })
  return !answer.ok && answer.code === 'not_found' ? { ok: true, value: undefined } : answer
}

/** `DELETE /v1/me/data`: everything the relay keeps of this user. */
export function askDeletionOfAll(door: HistoryDoor): Promise<RelayAnswer<unknown>> {
  return askRelay({ ...door, method: 'DELETE', path: '/v1/me/data', schema: v.unknown() })
}

function pathOf(id: string): string {
  return `/v1/conversations/${encodeURIComponent(id)}`
}
