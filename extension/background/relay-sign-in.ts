import { browser } from 'wxt/browser'
import { beginOidcFlow, finishOidcFlow, type OidcClient } from './oidc-flow.ts'
import { type Answer } from '../messaging/messages.ts'
import { pairWith } from './relay-account.ts'

/**
 * Signs in at the issuer a relay names, in a window of Chrome's own, and pairs with what it says. The permission `identity`
 * was asked for by the page whose button was clicked.
 *
 * @returns the name the relay knows the user by
 */
export async function signInWith(relayUrl: string, client: OidcClient): Promise<Answer<string>> {
  const flow = await beginOidcFlow(client, browser.identity.getRedirectURL(), fetch)
  if (!flow.ok) return { ok: false, code: 'sign-in', message: flow.fault }
  const returnedUrl = await visit(flow.value.url)
  if (returnedUrl === undefined) return { ok: false, code: 'sign-in-closed', message: '' }
  const proof = await finishOidcFlow(flow.value, returnedUrl, fetch)
  return proof.ok ? pairWith(relayUrl, proof.value) : { ok: false, code: 'sign-in', message: proof.fault }
}

/** @returns where the issuer sent the window to; undefined when a person closed it */
async function visit(url: string): Promise<string | undefined> {
  try {
    return await browser.identity.launchWebAuthFlow({ url, interactive: true })
  } catch {
    // Chrome has one sentence for a closed window and for an issuer that cannot be reached.
    return undefined
  }
}
