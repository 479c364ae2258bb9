import { shallowReadonly, type ShallowRef, shallowRef } from 'vue'
import { i18n } from '#i18n'
import { sendMessage, type RelayFound } from '../messaging/messages.ts'

export type RelayCheck =
  | { readonly name: 'untested' }
  | { readonly name: 'testing' }
  | { readonly name: 'found'; readonly sentence: string; readonly url: string; readonly relay: RelayFound }
  | { readonly name: 'failed'; readonly sentence: string }

/** Asks a relay who it is; the newest question's answer counts. */
export function useRelayCheck(): {
  readonly check: Readonly<ShallowRef<RelayCheck>>
  /** @param url origin of the relay */
  readonly test: (url: string) => Promise<void>
  /** Asks the relay that was found once more; what was found stays until it answers. */
  readonly again: () => Promise<void>
  readonly forget: () => void
} {
  const check = shallowRef<RelayCheck>({ name: 'untested' })
  let asked = 0

  async function askNow(url: string): Promise<void> {
    asked += 1
    const mine = asked
    const result = await ask(url)
    if (mine === asked) check.value = result
  }

  return {
    check: shallowReadonly(check),
    test(url) {
      check.value = { name: 'testing' }
      return askNow(url)
    },
    async again() {
      if (check.value.name === 'found') await askNow(check.value.url)
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
    return { name: 'found', sentence, url, relay: answer.value }
  } catch {
    return { name: 'failed', sentence: i18n.t('problem.commandLost') }
  }
}
