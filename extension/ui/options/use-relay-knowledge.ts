import { shallowReadonly, type ShallowRef, shallowRef, watch } from 'vue'
import { i18n } from '#i18n'
import { type RelayFound, sendMessage } from '../../messaging/messages.ts'
import { useLifetime } from '../use-lifetime.ts'

/** What is known of the relay in use, and so of what can be chosen. */
export type RelayKnowledge =
  | { readonly name: 'asking' }
  | { readonly name: 'found'; readonly relay: RelayFound }
  | { readonly name: 'unreachable'; readonly sentence: string }

/** Asks the relay who it is: at first, when it is another one, and when the person comes back to the page. */
export function useRelayKnowledge(url: () => string): Readonly<ShallowRef<RelayKnowledge>> {
  const knowledge = shallowRef<RelayKnowledge>({ name: 'asking' })
  let newest = 0
  const ask = async () => {
    newest += 1
    const mine = newest
    const answer = await askRelay(url())
    if (mine === newest) knowledge.value = answer
  }
  watch(url, () => {
    knowledge.value = { name: 'asking' }
    void ask()
  })
  void ask()
  addEventListener('focus', () => void ask(), { signal: useLifetime() })
  return shallowReadonly(knowledge)
}

async function askRelay(url: string): Promise<RelayKnowledge> {
  try {
    const answer = await sendMessage('testRelay', url)
    return answer.ok ? { name: 'found', relay: answer.value } : { name: 'unreachable', sentence: answer.message }
  } catch {
    return { name: 'unreachable', sentence: i18n.t('problem.commandLost') }
  }
}
