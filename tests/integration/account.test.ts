import { randomBytes } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { beginOidcFlow, finishOidcFlow } from '../../extension/background/oidc-flow.ts'
import { createPairingCodes } from '../../relay/auth/pairing-code.ts'
import { startLocalLive } from '../../relay/local-live/local-live.ts'
import { nodeFetch } from '../../scripts/talk/node-fetch.ts'
import { createOpenSocket } from '../../scripts/talk/open-socket.ts'
import { fetchRelayInfo } from '../../shared/client/fetch-relay-info.ts'
import { createRelayAccount, tokensInMemory, type AccountTokens } from '../../shared/client/relay-account.ts'
import { createRelayClient } from '../../shared/client/relay-client.ts'
import { CLIENT_ID, REDIRECT_URI, startIssuer } from '../support/oidc-issuer.ts'
import { openMemory } from '../support/open-stores.ts'
import { QUICK_SPEECH } from '../support/quick-speech.ts'
import { runScript } from '../support/script-process.ts'
import { newTestRelay } from '../support/test-relay.ts'

const never = new AbortController().signal

/** A device of somebody at this relay. */
function deviceOf(baseUrl: string) {
  const keeper = tokensInMemory()
  const unpaired = (pairing: string) => `Please use a ${pairing}.`
  return { account: createRelayAccount({ baseUrl, fetch: nodeFetch, keeper, unpaired }), keeper }
}

async function relayByCode(env: Readonly<Record<string, string>> = {}) {
  const secret = randomBytes(32).toString('hex')
  const stores = await openMemory()
  onTestFinished(() => stores.close())
  const store = stores.here
  const { url } = await newTestRelay({ env: { ASIDE_PAIRING: 'code', ASIDE_SECRET: secret, ...env }, deps: { store } })
  const { keyValue, journal } = store
  const codes = createPairingCodes({
    secrets: [secret],
    keyValue,
    takeOnce: (key, ttlMs) => journal.takeOnce(key, ttlMs),
  })
  return { url, makeCode: async (user: string) => (await codes.make(user, undefined)).code }
}

/** The access token is over. */
function aged({ access, ...others }: AccountTokens): AccountTokens {
  return access === undefined ? others : { ...others, access: { ...access, expiresAtMs: 0 } }
}

async function kept(keeper: ReturnType<typeof tokensInMemory>): Promise<AccountTokens> {
  const tokens = await keeper.load()
  if (tokens === undefined) throw new Error('no tokens are kept')
  return tokens
}

describe('an account at a relay that wants codes', () => {
  it('is had with a code, once', async () => {
    const { url, makeCode } = await relayByCode()
    const { account } = deviceOf(url)
    await expect(account.getTicket(never)).rejects.toMatchObject({ retryable: false, message: 'Please use a code.' })
    const code = await makeCode('Ada')
    expect(await account.pair({ code: 'AAAA-AAAA' })).toMatchObject({ ok: false, code: 'code_not_valid' })
    expect(await account.pair({ code })).toMatchObject({ ok: true, value: { name: 'Ada' } })
    expect(await deviceOf(url).account.pair({ code })).toMatchObject({ ok: false, code: 'code_not_valid' })
    expect((await account.getTicket(never)).url).toMatch(/^ws:.*\/v1\/live$/)
  })

  it('is renewed when its token is over, by all who ask at once, and survives an answer that was lost', async () => {
    const { url, makeCode } = await relayByCode()
    const { account, keeper } = deviceOf(url)
    await account.pair({ code: await makeCode('Ada') })
    const before = aged(await kept(keeper))
    await keeper.save(before)
    await Promise.all([1, 2, 3].map(() => account.getTicket(never)))
    const after = await kept(keeper)
    expect(after.refreshToken).not.toBe(before.refreshToken)
    // Whoever was stopped between the answer and keeping it asks with the old token again.
    await keeper.save(before)
    await account.getTicket(never)
    expect((await kept(keeper)).refreshToken).toBe(after.refreshToken)
  })

  it('ends with signing out: its conversation is closed, and only a new code helps', async () => {
    const { url, makeCode } = await relayByCode()
    const { account } = deviceOf(url)
    await account.pair({ code: await makeCode('Ada') })
    const closed = Promise.withResolvers<number>()
    const client = createRelayClient({
      client: { name: 'test', version: '0' },
      setup: {},
      getTicket: (signal, resume) => account.getTicket(signal, resume),
      openSocket: createOpenSocket(),
    })
    onTestFinished(() => client.end())
    const ready = Promise.withResolvers<undefined>()
    client.events.on('message', ({ type }) => type === 'session.ready' && ready.resolve(undefined))
    client.events.on('state', (state) => state.name === 'closed' && closed.resolve(state.code))
    client.start()
    await ready.promise
    expect(await account.signOut()).toBeUndefined()
    expect(await closed.promise).toBe(4501)
    await expect(account.getTicket(never)).rejects.toMatchObject({ message: 'Please use a code.' })
    expect(await account.pair({ code: await makeCode('Ada') })).toMatchObject({ ok: true })
    await account.getTicket(never)
  })
})

describe('npm run talk at a relay that wants codes', () => {
  it('says that it needs one, and talks with one', async () => {
    const live = await startLocalLive({ port: 0, workers: QUICK_SPEECH })
    onTestFinished(() => live.close())
    const { url, makeCode } = await relayByCode({ ASIDE_LIVE_URL: live.url })
    const talk = ['scripts/talk.ts', '--text', 'Thank you.', '--url', url]
    const without = await runScript(talk)
    expect(without).toMatchObject({ code: 1, stderr: expect.stringContaining('--code CODE') as string })
    const wrong = await runScript([...talk, '--code', 'AAAA-AAAA'])
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('mistyped') as string })
    const talked = await runScript([...talk, '--code', await makeCode('Ada')])
    expect(talked).toMatchObject({ code: 0, stdout: expect.stringContaining('You are welcome.') as string })
  })
})

describe('an account at a relay that wants a sign-in', () => {
  it('is had by signing in at the issuer the relay names', async () => {
    const issuer = await startIssuer()
    const { url } = await newTestRelay({
      env: { ASIDE_PAIRING: 'oidc', ASIDE_OIDC_ISSUER: issuer.url, ASIDE_OIDC_CLIENT_ID: CLIENT_ID },
    })
    const { account } = deviceOf(url)
    await expect(account.getTicket(never)).rejects.toMatchObject({ message: 'Please use a oidc.' })
    const info = await fetchRelayInfo(url, nodeFetch)
    const oidc = info.ok ? info.value.oidc : undefined
    if (oidc === undefined) throw new Error('the relay names no issuer')
    const flow = await beginOidcFlow(oidc, REDIRECT_URI, nodeFetch)
    if (!flow.ok) throw new Error(flow.fault)
    const proof = await finishOidcFlow(flow.value, await issuer.visit(flow.value.url, 'ada'), nodeFetch)
    if (!proof.ok) throw new Error(proof.fault)
    expect(await account.pair(proof.value)).toMatchObject({ ok: true, value: { name: 'ada the Tester' } })
    await account.getTicket(never)
    expect(await deviceOf(url).account.pair(proof.value)).toMatchObject({ ok: false, code: 'id_token_not_valid' })
  })
})
