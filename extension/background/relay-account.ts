import { storage } from 'wxt/utils/storage'
import { fetchRelayInfo } from '../../shared/client/fetch-relay-info.ts'
import { type Ticket } from '../../shared/client/relay-client.ts'
import { createTicketSource } from '../../shared/client/ticket-client.ts'
import { TicketRefused } from '../../shared/client/ticket-refused.ts'
import { type Answer } from '../messaging/messages.ts'

/** Tokens by the relay that gave them: a token is never shown to another one. Gone with the browser session. */
const tokens = storage.defineItem<Readonly<Record<string, string>>>('session:relayTokens', { fallback: {} })

export interface RelayFound {
  readonly name: string
  readonly version: string
  readonly brain: string
  readonly engine: string
  /** From asking to the answer, ms. */
  readonly ms: number
}

/** A one-use ticket of a relay; pairs first where that is needed. */
export async function getTicket(relayUrl: string): Promise<Answer<Ticket>> {
  const source = createTicketSource({
    baseUrl: relayUrl,
    fetch,
    loadToken: async () => (await tokens.getValue())[relayUrl],
    saveToken: async (token) => tokens.setValue({ [relayUrl]: token }),
  })
  try {
    return { ok: true, value: await source.getTicket(new AbortController().signal) }
  } catch (error) {
    if (!(error instanceof TicketRefused)) throw error
    return { ok: false, code: error.retryable ? 'relay-unreachable' : 'relay-refused', message: error.message }
  }
}

/** Asks who answers at an address. */
export async function testRelay(url: string): Promise<Answer<RelayFound>> {
  const startMs = performance.now()
  const answer = await fetchRelayInfo(url, fetch)
  const ms = Math.round(performance.now() - startMs)
  if (!answer.ok) {
    const isSilent = answer.status === 0 && answer.retryable
    return { ok: false, code: isSilent ? 'relay-unreachable' : 'not-a-relay', message: answer.fault }
  }
  const { name, version, brain, engine } = answer.value
  return { ok: true, value: { name, version, brain, engine, ms } }
}
