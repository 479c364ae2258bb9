import * as v from 'valibot'
import { titleOf } from '../store/journal-text.ts'
import { type ConversationSummary, type Journal, type JournalEntry } from '../store/journal.ts'
import { NOT_FOUND } from '../transport/admission.ts'
import { problemResponse } from '../transport/problem.ts'
import { type BearerRoute } from './bearer.ts'
import { conversationMarkdown } from './conversation-markdown.ts'
import { type TellDeleted } from './deleted.ts'
import { readQuery, wholeNumber } from './query.ts'

/** Conversations of one page of the list. */
const USUAL_PAGE = 20
const MAX_PAGE = 100

/** Entries of one answer in JSON, and of one question to the store. */
const ENTRY_PAGE = 500

const listQuery = v.object({
  q: v.optional(v.pipe(v.string(), v.maxLength(200))),
  before: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  limit: v.optional(wholeNumber(1, MAX_PAGE), String(USUAL_PAGE)),
})

const readQuerySchema = v.object({
  format: v.optional(v.picklist(['json', 'markdown']), 'json'),
  after: v.optional(wholeNumber(0, Number.MAX_SAFE_INTEGER), '0'),
})

/** `GET /v1/conversations[?q=&before=&limit=]`: the user's conversations, newest activity first. */
export function listRoute(journal: Pick<Journal, 'list'>): BearerRoute {
  return async ({ request }, { user }) => {
    const query = readQuery(request, listQuery)
    if (!query.ok) return problemResponse(query.refusal)
    const { q, before, limit } = query.value
    const found = await journal.list(user.id, {
      limit: limit + 1,
      ...(q === undefined ? {} : { query: q }),
      ...(before === undefined ? {} : { before }),
    })
    const page = found.slice(0, limit)
    const next = found.length > limit ? { next: page.at(-1)?.lastActiveAt } : {}
    return Response.json({ conversations: page.map(listed), ...next })
  }
}

/** `GET /v1/conversations/:id[?format=json|markdown][&after=]`: what was said. JSON comes in pages, Markdown whole. */
export function readRoute(journal: Pick<Journal, 'look' | 'entriesAfter'>): BearerRoute {
  return async ({ request, params }, { user }) => {
    const query = readQuery(request, readQuerySchema)
    if (!query.ok) return problemResponse(query.refusal)
    const conversation = await summaryOf(journal, idOf(params), user.id)
    if (conversation === undefined) return problemResponse(NOT_FOUND)
    const { id } = conversation
    const { format, after } = query.value
    if (format === 'markdown')
      return markdownResponse(conversationMarkdown(conversation, await allEntries(journal, id)))
    const entries = await journal.entriesAfter(id, after, ENTRY_PAGE)
    const last = entries.at(-1)?.seq ?? after
    const next = last < conversation.seq ? { next: last } : {}
    return Response.json({ conversation: listed(conversation), entries, ...next })
  }
}

/** `DELETE /v1/conversations/:id`: gone, everywhere; a socket that talks in it is closed. */
export function deleteRoute(journal: Pick<Journal, 'delete'>, tellDeleted: TellDeleted): BearerRoute {
  return async ({ params }, { user }) => {
    const id = idOf(params)
    if (id === undefined || !(await journal.delete(id, user.id))) return problemResponse(NOT_FOUND)
    await tellDeleted([id])
    return new Response(null, { status: 204 })
  }
}

/** @returns undefined when there is none of this owner */
async function summaryOf(
  journal: Pick<Journal, 'look' | 'entriesAfter'>,
  id: string | undefined,
  owner: string,
): Promise<ConversationSummary | undefined> {
  const standing = id === undefined ? undefined : await journal.look(id, owner)
  if (id === undefined || standing === undefined) return undefined
  const [first] = await journal.entriesAfter(id, 0, 1)
  const lastActiveAt = new Date(standing.lastActiveAt).toISOString()
  const { at = lastActiveAt, text = '' } = first ?? {}
  return { id, startedAt: at, lastActiveAt, seq: standing.seq, title: titleOf(text) }
}

/** @returns undefined for what no conversation is called */
function idOf(params: Readonly<Record<string, string>>): string | undefined {
  const id = params['id']?.toLowerCase()
  return v.is(v.pipe(v.string(), v.uuid()), id) ? id : undefined
}

function listed({ seq, ...summary }: ConversationSummary) {
  return { ...summary, entries: seq }
}

async function allEntries(journal: Pick<Journal, 'entriesAfter'>, id: string): Promise<readonly JournalEntry[]> {
  const all: JournalEntry[] = []
  for (;;) {
    const page = await journal.entriesAfter(id, all.at(-1)?.seq ?? 0, ENTRY_PAGE)
    all.push(...page)
    if (page.length < ENTRY_PAGE) return all
  }
}

function markdownResponse(text: string): Response {
  return new Response(text, {
    headers: {
      'content-type': 'text/markdown; charset=utf-8',
      'content-disposition': 'attachment; filename="conversation.md"',
    },
  })
}
