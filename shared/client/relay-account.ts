import { type Ticket } from './relay-client.ts'
import { type RelayAnswer, type RelayFault } from './relay-http.ts'
import {
  askLogout,
  askPair,
  askTicket,
  askTokens,
  type PairingProof,
  type RelayDoor,
  type SignInAnswer,
} from './sign-in-requests.ts'
import { TicketRefused } from './ticket-refused.ts'

/** What a device keeps of being signed in to a relay. */
export interface AccountTokens {
  /** Gone when only the long-lived part was kept. */
  readonly access?: { readonly token: string; readonly expiresAtMs: number } | undefined
  readonly refreshToken?: string | undefined
  readonly user: { readonly id: string; readonly name: string }
}

/** Where tokens are kept. What it resolves must be kept: it is the only copy. */
export interface TokenKeeper {
  load(): Promise<AccountTokens | undefined>
  /** @param tokens undefined: forget them */
  save(tokens: AccountTokens | undefined): Promise<void>
}

export interface RelayAccountOptions extends RelayDoor {
  readonly keeper: TokenKeeper
  /** What people call this device. */
  readonly device?: string
  /** What a person has to do when the relay does not pair by itself. */
  readonly unpaired: (pairing: 'code' | 'oidc') => string
}

/** One device's account at one relay. */
export interface RelayAccount {
  /**
   * A one-use ticket. Pairs first where the relay takes anybody of this machine; refreshes the sign-in where it is needed.
   *
   * @param resume the conversation the socket is to go on with
   * @throws {TicketRefused} with a sentence a person can act on
   */
  getTicket(signal: AbortSignal, resume?: string): Promise<Ticket>
  /**
   * Asks for something that is this user's, signing in as `getTicket` does. Never throws.
   *
   * @param request called with an access token, and with another one when the relay takes the first no more
   */
  ask<Value>(request: (accessToken: string) => Promise<RelayAnswer<Value>>): Promise<RelayAnswer<Value>>
  /** Signs this device in, in place of whoever was. Never throws for a refusal. @returns the user */
  pair(proof: PairingProof, signal?: AbortSignal): Promise<RelayAnswer<AccountTokens['user']>>
  /** Tells the relay, and forgets the tokens in any case. @returns what kept the relay from being told, if anything did */
  signOut(): Promise<RelayFault | undefined>
}

/** A token that ends within this, ms, may end on its way. */
const EARLY_MS = 30_000

/** What the relay answers to who does not say who they are. */
const NEEDED = new Map<string | undefined, 'code' | 'oidc'>([
  ['code_needed', 'code'],
  ['id_token_needed', 'oidc'],
])

export function createRelayAccount(options: RelayAccountOptions): RelayAccount {
  const { keeper, device } = options
  const access = createAccess(options)

  /** @throws {TicketRefused} when nobody is signed in, nor can be */
  async function asking<Value>(
    request: (accessToken: string) => Promise<RelayAnswer<Value>>,
    signal: AbortSignal,
  ): Promise<RelayAnswer<Value>> {
    const first = await unlessAborted(access.accessToken(), signal)
    const answer = await request(first)
    if (answer.ok || answer.status !== 401) return answer
    return request(await unlessAborted(access.accessTokenOtherThan(first), signal))
  }

  return {
    async getTicket(signal, resume) {
      const answer = await asking((token) => askTicket(options, token, resume, signal), signal)
      if (answer.ok) return answer.value
      throw refused(answer)
    },

    async ask(request) {
      try {
        return await asking(request, new AbortController().signal)
      } catch (error) {
        if (!(error instanceof TicketRefused)) throw error
        return { ok: false, status: 401, fault: error.message, retryable: error.retryable }
      }
    },

    pair: (proof, signal) =>
      access.change(async () => {
        const answer = await askPair(options, proof, device, signal)
        if (!answer.ok) return answer
        await access.keep(answer.value)
        return { ok: true, value: answer.value.user }
      }),

    signOut: () =>
      access.change(async () => {
        const tokens = await keeper.load()
        if (tokens === undefined) return undefined
        const fault = await tellSignOut(options, tokens)
        await keeper.save(undefined)
        return fault
      }),
  }
}

/** The tokens of one account: had, renewed and kept, never by two at once. */
function createAccess(options: RelayAccountOptions) {
  const { keeper, device } = options
  /** Callers that need a new token at the same time share one: rotated twice, it would look stolen. */
  let renewing: Promise<string> | undefined
  /** What changes the tokens, one after the other. */
  let changing: Promise<unknown> = Promise.resolve()

  function change<Result>(act: () => Promise<Result>): Promise<Result> {
    const changed = changing.then(act)
    changing = changed.catch(() => undefined)
    return changed
  }

  function renew(): Promise<string> {
    renewing ??= change(renewNow).finally(() => (renewing = undefined))
    return renewing
  }

  async function renewNow(): Promise<string> {
    const tokens = await keeper.load()
    if (tokens?.refreshToken !== undefined) {
      const answer = await askTokens(options, tokens.refreshToken)
      if (answer.ok) return keep(answer.value)
      // Only the relay's own word ends a sign-in: a line that is down says nothing about it.
      if (answer.status !== 401) throw refused(answer)
    }
    if (tokens !== undefined) await keeper.save(undefined)
    const answer = await askPair(options, {}, device)
    if (answer.ok) return keep(answer.value)
    const pairing = NEEDED.get(answer.code)
    throw pairing === undefined ? refused(answer) : new TicketRefused(options.unpaired(pairing), false)
  }

  async function keep({ accessToken, expiresIn, refreshToken, user }: SignInAnswer): Promise<string> {
    const access = { token: accessToken, expiresAtMs: Date.now() + expiresIn * 1000 }
    await keeper.save({ access, refreshToken, user })
    return accessToken
  }

  async function accessToken(): Promise<string> {
    const access = renewing === undefined ? (await keeper.load())?.access : undefined
    return access !== undefined && access.expiresAtMs - EARLY_MS > Date.now() ? access.token : renew()
  }

  /** A token that was refused may have been renewed by another caller meanwhile. */
  async function accessTokenOtherThan(refusedToken: string): Promise<string> {
    const access = renewing === undefined ? (await keeper.load())?.access : undefined
    return access !== undefined && access.token !== refusedToken ? access.token : renew()
  }

  return { change, keep, accessToken, accessTokenOtherThan }
}

/** @returns what kept the relay from being told */
async function tellSignOut(door: RelayDoor, { access, refreshToken }: AccountTokens): Promise<RelayFault | undefined> {
  const first = access === undefined ? undefined : await askLogout(door, access.token)
  if (first?.ok === true) return undefined
  if ((first !== undefined && first.status !== 401) || refreshToken === undefined) return first
  // The access token is over, which is no reason to stay signed in.
  const renewed = await askTokens(door, refreshToken)
  if (!renewed.ok) return renewed.status === 401 ? undefined : renewed
  const second = await askLogout(door, renewed.value.accessToken)
  return second.ok ? undefined : second
}

/** A renewal goes on when one of its callers leaves: tokens that came must be kept. */
function unlessAborted(token: Promise<string>, signal: AbortSignal): Promise<string> {
  const left = Promise.withResolvers<never>()
  const leave = () => left.reject(new TicketRefused('The ticket is not wanted any more.', true))
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  return Promise.race([token, left.promise]).finally(() => signal.removeEventListener('abort', leave))
}

/** Tokens that live as long as the program. */
export function tokensInMemory(): TokenKeeper {
  let kept: AccountTokens | undefined
  return {
    load: () => Promise.resolve(kept),
    save: (tokens) => {
      kept = tokens
      return Promise.resolve()
    },
  }
}

function refused({ fault, retryable, retryAfterMs }: RelayFault): TicketRefused {
  return new TicketRefused(fault, retryable, retryAfterMs)
}
