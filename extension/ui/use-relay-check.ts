import { shallowReadonly, type ShallowRef, shallowRef } from 'vue'
import { i18n } from '#i18n'
import { sendMessage } from '../messaging/messages.ts'

export type RelayCheck =
  | { readonly name: 'untested' }
  | { readonly name: 'testing' }
  | { readonly name: 'found'; readonly sentence: string }
  | { readonly name: 'failed'; readonly sentence: string }

/** Asks a relay who it is; the newest question's answer counts. */
export function useRelayCheck(): {
  readonly check: Readonly<ShallowRef<RelayCheck>>
  /** @param url origin of the relay */
  readonly test: (url: string) => Promise<void>
  readonly forget: () => void
} {
  const check = shallowRef<RelayCheck>({ name: 'untested' })
  let asked = 0
  return {
    check: shallowReadonly(check),
    async test(url) {
      asked += 1
      const mine = asked
      check.value = { name: 'testing' }
      const result = await ask(url)
      if (mine === asked) check.value = result
    },
    forget() {
      asked += 1
      check.value = { name: 'untested' }
    },
  }
}

async function ask(url: string): Promise<RelayCheck> {
  try {
    const answer = await sendMessage('testRelay', url)
    if (!answer.ok) return { name: 'failed', sentence: answer.message }
    const { name, version, ms, brain, engine } = answer.value
    const model = brain === 'local' ? i18n.t('relay.local') : brain === 'gemini' ? i18n.t('relay.gemini') : brain
    const sentence = i18n.t('relay.found', [name, version, String(Math.round(ms)), model, engine])
    return { name: 'found', sentence }
  } catch {
    return { name: 'failed', sentence: i18n.t('problem.commandLost') }
  }
}
