import { i18n } from '#i18n'
import { storage } from 'wxt/utils/storage'
import { fetchRelayInfo } from '../../shared/client/fetch-relay-info.ts'
import { createRelayAccount, type AccountTokens, type RelayAccount } from '../../shared/client/relay-account.ts'
import { type Ticket } from '../../shared/client/relay-client.ts'
import { type RelayAnswer, type RelayFault } from '../../shared/client/relay-http.ts'
import { type PairingProof } from '../../shared/client/sign-in-requests.ts'
import { TicketRefused } from '../../shared/client/ticket-refused.ts'
import { type Answer, type RelayFound } from '../messaging/messages.ts'

/** Each by the relay that gave it: what one relay gave is never shown to another. */
type ByRelay<Value> = Readonly<Record<string, Value>>
type SignIn = Pick<AccountTokens, 'refreshToken' | 'user'>

/** Gone with the browser session. */
const accessTokens = storage.defineItem<ByRelay<NonNullable<AccountTokens['access']>>>('session:accessTokens', {
  fallback: {},
})
/** Only our own pages may read it (`install.ts`). */
const signIns = storage.defineItem<ByRelay<SignIn>>('local:relaySignIns', { fallback: {} })

/** One object for each relay, since renewals wait for one another in it. */
const accounts = new Map<string, RelayAccount>()

/** A one-use ticket of a relay; pairs first where that needs nobody. @param resume the conversation to go on with */
export async function getTicket(relayUrl: string, resume?: string): Promise<Answer<Ticket>> {
  try {
    return { ok: true, value: await accountOf(relayUrl).getTicket(new AbortController().signal, resume) }
  } catch (error) {
    if (!(error instanceof TicketRefused)) throw error
    return { ok: false, code: error.retryable ? 'relay-unreachable' : 'relay-refused', message: error.message }
  }
}

/** Signs this browser in at a relay. @returns the name the relay knows the user by */
export async function pairWith(relayUrl: string, proof: PairingProof): Promise<Answer<string>> {
  return named(await accountOf(relayUrl).pair(proof))
}

/** Forgets the sign-in, and tells the relay. @returns a fault when the relay could not be told */
export async function signOut(relayUrl: string): Promise<Answer<undefined>> {
  const fault = await accountOf(relayUrl).signOut()
  return fault === undefined ? { ok: true, value: undefined } : unheard(fault)
}

/** Asks a relay for something that is this user's; pairs first where that needs nobody. */
export async function askAs<Value>(
  relayUrl: string,
  request: (accessToken: string) => Promise<RelayAnswer<Value>>,
): Promise<Answer<Value>> {
  const answer = await accountOf(relayUrl).ask(request)
  return answer.ok ? answer : unheard(answer)
}

/** Asks who answers at an address, and who we are there. */
export async function testRelay(url: string): Promise<Answer<RelayFound>> {
  const startMs = performance.now()
  const answer = await fetchRelayInfo(url, fetch)
  const ms = Math.round(performance.now() - startMs)
  if (!answer.ok) return { ok: false, code: codeOf(answer), message: answer.fault }
  const { name, version, brain, models, engine, pairing, oidc } = answer.value
  const signedInAs = (await signIns.getValue())[url]?.user.name
  const found = { name, version, brain, models, engine, ms, pairing }
  return {
    ok: true,
    value: {
      ...found,
      ...(oidc === undefined ? {} : { oidc }),
      ...(signedInAs === undefined ? {} : { signedInAs }),
    },
  }
}

function accountOf(relayUrl: string): RelayAccount {
  const known = accounts.get(relayUrl)
  if (known !== undefined) return known
  const account = createRelayAccount({
    baseUrl: relayUrl,
    fetch,
    device: 'Chrome',
    keeper: {
      load: () => load(relayUrl),
      save: (tokens) => save(relayUrl, tokens),
    },
    unpaired: (pairing) => i18n.t(pairing === 'code' ? 'relay.unpaired.code' : 'relay.unpaired.oidc'),
  })
  accounts.set(relayUrl, account)
  return account
}

async function load(relayUrl: string): Promise<AccountTokens | undefined> {
  const [signIn, access] = await Promise.all([signIns.getValue(), accessTokens.getValue()])
  const kept = signIn[relayUrl]
  return kept === undefined ? undefined : { ...kept, access: access[relayUrl] }
}

async function save(relayUrl: string, tokens: AccountTokens | undefined): Promise<void> {
  const { access, ...signIn } = tokens ?? {}
  // First what cannot be had again.
  await signIns.setValue(changed(await signIns.getValue(), relayUrl, tokens && (signIn as SignIn)))
  await accessTokens.setValue(changed(await accessTokens.getValue(), relayUrl, access))
}

function changed<Value>(all: ByRelay<Value>, relayUrl: string, value: Value | undefined): ByRelay<Value> {
  const others = Object.entries(all).filter(([url]) => url !== relayUrl)
  return Object.fromEntries(value === undefined ? others : [...others, [relayUrl, value]])
}

function named(answer: RelayAnswer<AccountTokens['user']>): Answer<string> {
  return answer.ok ? { ok: true, value: answer.value.name } : unheard(answer)
}

function unheard(fault: RelayFault): Answer<never> {
  return { ok: false, code: codeOf(fault), message: fault.fault }
}

function codeOf({ status, retryable, code }: RelayFault): string {
  if (status === 0 && retryable) return 'relay-unreachable'
  return code ?? 'not-a-relay'
}
