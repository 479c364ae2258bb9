import {
  askConversation,
  askConversations,
  askDeletion,
  askDeletionOfAll,
  askMarkdown,
  type ConversationList,
  type ConversationText,
  type HistoryDoor,
} from '../../shared/client/conversation-requests.ts'
import { type RelayAnswer } from '../../shared/client/relay-http.ts'
import { type Answer, type ConversationAt } from '../messaging/messages.ts'
import { askAs } from './relay-account.ts'

/** One page of the user's conversations, newest activity first. */
export function listConversations({
  url,
  ...page
}: {
  readonly url: string
  readonly query?: string
  readonly before?: string
}): Promise<Answer<ConversationList>> {
  return at(url, (door) => askConversations(door, page))
}

export function readConversation({ url, id }: ConversationAt): Promise<Answer<ConversationText>> {
  return at(url, (door) => askConversation(door, id))
}

export function conversationMarkdown({ url, id }: ConversationAt): Promise<Answer<string>> {
  return at(url, (door) => askMarkdown(door, id))
}

export async function deleteConversation({ url, id }: ConversationAt): Promise<Answer<undefined>> {
  return done(await at(url, (door) => askDeletion(door, id)))
}

export async function deleteMyData(url: string): Promise<Answer<undefined>> {
  return done(await at(url, askDeletionOfAll))
}

function at<Value>(baseUrl: string, ask: (door: HistoryDoor) => Promise<RelayAnswer<Value>>): Promise<Answer<Value>> {
  return askAs(baseUrl, (accessToken) => ask({ baseUrl, fetch, accessToken }))
}

function done(answer: Answer<unknown>): Answer<undefined> {
  return answer.ok ? { ok: true, value: undefined } : answer
}
