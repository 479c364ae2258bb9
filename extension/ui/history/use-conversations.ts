import { shallowReadonly, shallowRef, type ShallowRef } from 'vue'
import { i18n } from '#i18n'
import { type ConversationSummary, type ConversationText } from '../../../shared/client/conversation-requests.ts'
import { withoutUndefined } from '../../../shared/util/without-undefined.ts'
import { sendMessage, type Answer } from '../../messaging/messages.ts'
import { readSettings } from '../../settings/settings.ts'

export type ConversationsState =
  | { readonly name: 'asking' }
  /** `sentence` says what went wrong. */
  | { readonly name: 'failed'; readonly sentence: string }
  | { readonly name: 'list'; readonly conversations: readonly ConversationSummary[]; readonly next?: string }

/** The relay's history of this user: one search at a time, page by page. What fails is a sentence, never thrown. */
export function useConversations(): {
  readonly state: Readonly<ShallowRef<ConversationsState>>
  readonly search: (query: string) => Promise<void>
  readonly more: () => Promise<void>
  readonly read: (id: string) => Promise<Answer<ConversationText>>
  readonly markdown: (id: string) => Promise<Answer<string>>
  readonly remove: (id: string) => Promise<Answer<undefined>>
  readonly removeAll: () => Promise<Answer<undefined>>
} {
  const state = shallowRef<ConversationsState>({ name: 'asking' })
  let newest = ''

  async function page(query: string, before?: string): Promise<void> {
    newest = query
    const known = before !== undefined && state.value.name === 'list' ? state.value.conversations : []
    const answer = await asked((url) =>
      sendMessage('listConversations', { url, query, ...(before === undefined ? {} : { before }) }),
    )
    // Another search was begun meanwhile: this one is not what the person waits for.
    if (query !== newest) return
    state.value = answer.ok
      ? withoutUndefined({
          name: 'list' as const,
          conversations: [...known, ...answer.value.conversations],
          next: answer.value.next,
        })
      : { name: 'failed', sentence: answer.message }
  }

  return {
    state: shallowReadonly(state),
    search: (query) => page(query),
    async more() {
      if (state.value.name === 'list' && state.value.next !== undefined) await page(newest, state.value.next)
    },
    read: (id) => asked((url) => sendMessage('readConversation', { url, id })),
    markdown: (id) => asked((url) => sendMessage('conversationMarkdown', { url, id })),
    remove: (id) => asked((url) => sendMessage('deleteConversation', { url, id })),
    removeAll: () => asked((url) => sendMessage('deleteMyData', url)),
  }
}

/** Asks the relay of the settings. */
async function asked<Value>(ask: (url: string) => Promise<Answer<Value>>): Promise<Answer<Value>> {
  try {
    return await ask((await readSettings()).relayUrl)
  } catch {
    return { ok: false, code: 'lost', message: i18n.t('problem.commandLost') }
  }
}
