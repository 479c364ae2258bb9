import { shallowReadonly, shallowRef, type ShallowRef } from 'vue'
import { browser } from 'wxt/browser'
import { i18n } from '#i18n'
import { sendMessage, type Answer, type RelayFound } from '../messaging/messages.ts'

export type AccountStep =
  | { readonly name: 'idle' }
  | { readonly name: 'busy'; readonly sentence: string }
  /** Something was done, or why it was not. */
  | { readonly name: 'done' | 'failed'; readonly sentence: string }

type Oidc = NonNullable<RelayFound['oidc']>

/** Signing in to a relay and out of it, one step at a time. @param onChanged who is signed in may be another now */
export function useRelayAccount(onChanged: () => Promise<void>): {
  readonly step: Readonly<ShallowRef<AccountStep>>
  /** @returns whether the code was taken */
  readonly pair: (url: string, code: string) => Promise<boolean>
  /** To be called from a click: Chrome asks for the permission then. */
  readonly signIn: (url: string, oidc: Oidc) => Promise<void>
  readonly signOut: (url: string) => Promise<void>
  readonly forget: () => void
} {
  const step = shallowRef<AccountStep>({ name: 'idle' })

  async function act<Value>(sentence: string, ask: () => Promise<Answer<Value>>): Promise<Answer<Value>> {
    step.value = { name: 'busy', sentence }
    const answer = await ask().catch(() => lost)
    step.value = answer.ok ? { name: 'idle' } : { name: 'failed', sentence: sentenceOf(answer) }
    await onChanged()
    return answer
  }

  return {
    step: shallowReadonly(step),
    async pair(url, code) {
      const { ok } = await act(i18n.t('relay.account.pairing'), () => sendMessage('pairByCode', { url, code }))
      return ok
    },
    async signIn(url, oidc) {
      if (!(await mayOpenWindow(oidc.issuer))) {
        step.value = { name: 'failed', sentence: i18n.t('relay.account.notAllowed') }
        return
      }
      await act(i18n.t('relay.account.signingIn'), () => sendMessage('signIn', { url, oidc }))
    },
    async signOut(url) {
      const answer = await act('', () => sendMessage('signOut', url))
      const sentence = answer.ok
        ? i18n.t('relay.account.signedOut')
        : i18n.t('relay.account.signedOutHere', [answer.message])
      step.value = { name: 'done', sentence }
    },
    forget() {
      step.value = { name: 'idle' }
    },
  }
}

const lost = { ok: false, code: 'lost', message: '' } as const

function sentenceOf({ code, message }: Extract<Answer<unknown>, { ok: false }>): string {
  if (code === 'sign-in-closed') return i18n.t('relay.account.closed')
  return message === '' ? i18n.t('problem.commandLost') : message
}

/** The window of the sign-in, and the issuer's answer, which no web page of ours asked for. */
function mayOpenWindow(issuer: string): Promise<boolean> {
  return browser.permissions.request({ permissions: ['identity'], origins: [`${new URL(issuer).origin}/*`] })
}
