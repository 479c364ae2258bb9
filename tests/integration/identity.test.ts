import { createClient } from '@redis/client'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { type TokenPair } from '../../relay/auth/sign-in.ts'
import { openStore } from '../../relay/store/open-store.ts'
import { nodeFetch } from '../../scripts/talk/node-fetch.ts'
import { offeredProtocols } from '../../shared/protocol/version.ts'
import { CLIENT_ID, startIssuer } from '../support/oidc-issuer.ts'
import { quiet } from '../support/open-stores.ts'
import { startRedis } from '../support/redis-server.ts'
import { runScript } from '../support/script-process.ts'
import { newTestRelay } from '../support/test-relay.ts'

const SECRET = 'a secret of at least thirty-two characters'

interface Answer<Body> {
  readonly status: number
  readonly body: Body
}

async function ask<Body>(url: string, path: string, body?: unknown, accessToken?: string): Promise<Answer<Body>> {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (accessToken !== undefined) headers['authorization'] = `Bearer ${accessToken}`
  const response = await nodeFetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as Body }
}

async function pairAt(url: string, proof: object = {}): Promise<TokenPair> {
  const { status, body } = await ask<TokenPair>(url, '/v1/pair', proof)
  expect(status).toBe(200)
  return body
}

async function ticketAt(url: string, { accessToken }: TokenPair): Promise<string> {
  const { status, body } = await ask<{ ticket: string }>(url, '/v1/tickets', {}, accessToken)
  expect(status).toBe(200)
  return body.ticket
}

/** Opens a socket. @returns undefined when it is refused with 401 */
async function connect(url: string, ticket: string): Promise<WebSocket | undefined> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/live`, offeredProtocols(ticket))
  onTestFinished(() => socket.terminate())
  const refused = once(socket, 'error').then(([error]) => {
    expect(String(error)).toContain('401')
    return undefined
  })
  return Promise.race([once(socket, 'open').then(() => socket), refused])
}

/** A conversation under way, and the code it ends with. */
async function converse(url: string, tokens: TokenPair) {
  const socket = await connect(url, await ticketAt(url, tokens))
  if (socket === undefined) throw new Error('refused')
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: code as number, reason: String(reason) }))
  const ready = once(socket, 'message')
  socket.send(JSON.stringify({ type: 'session.start', client: { name: 'test', version: '0' }, setup: {} }))
  expect(JSON.parse(String((await ready)[0]))).toMatchObject({ type: 'session.ready' })
  return { socket, closed }
}

describe('two relays of one installation', () => {
  async function twoRelays() {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const env = { ASIDE_STORE: redis.url, ASIDE_SECRET: SECRET, ASIDE_MAX_SESSIONS: '10' }
    const [a, b] = [await newTestRelay({ env }), await newTestRelay({ env })]
    return { a: a.url, b: b.url, redis }
  }

  it('close the sockets of a device that is signed out on the other, and no more', async () => {
    const { a, b } = await twoRelays()
    const [laptop, phone] = [await pairAt(a), await pairAt(b)]
    const [onA, onB, ofPhone] = [await converse(a, laptop), await converse(b, laptop), await converse(b, phone)]
    expect((await ask(a, '/v1/logout', {}, laptop.accessToken)).status).toBe(204)
    for (const { closed } of [onA, onB])
      expect(await closed).toEqual({ code: 4501, reason: expect.stringMatching(/\w/) as string })
    expect(ofPhone.socket.readyState).toBe(WebSocket.OPEN)
    for (const url of [a, b]) {
      expect((await ask(url, '/v1/tickets', {}, laptop.accessToken)).status).toBe(401)
      expect((await ask(url, '/v1/token', { refreshToken: laptop.refreshToken })).status).toBe(401)
    }
  })

  it('refuse a ticket of a device that was signed out since, and a ticket a second time', async () => {
    const { a, b } = await twoRelays()
    const tokens = await pairAt(a)
    const [first, second] = [await ticketAt(a, tokens), await ticketAt(b, tokens)]
    expect(await connect(b, first)).toBeDefined()
    for (const url of [a, b]) expect(await connect(url, first)).toBeUndefined()
    await ask(b, '/v1/logout', {}, tokens.accessToken)
    expect(await connect(a, second)).toBeUndefined()
  })

  it('refresh each other’s tokens', async () => {
    const { a, b } = await twoRelays()
    const tokens = await pairAt(a)
    const { status, body } = await ask<TokenPair>(b, '/v1/token', { refreshToken: tokens.refreshToken })
    expect(status).toBe(200)
    expect(await ticketAt(a, body)).toMatch(/^[\w-]+$/)
    expect((await ask(a, '/v1/token', { refreshToken: body.refreshToken })).status).toBe(200)
  })

  it('learn of a sign-out they could not hear of as soon as they hear again', async () => {
    const { a, b, redis } = await twoRelays()
    const [laptop, phone] = [await pairAt(a), await pairAt(a)]
    const [ofLaptop, ofPhone] = [await converse(b, laptop), await converse(b, phone)]
    const deviceId = (
      JSON.parse(Buffer.from(laptop.accessToken.split('.')[1]!, 'base64url').toString()) as { did: string }
    ).did
    // As if the message had been lost: the mark alone.
    const store = await openStore(redis.url, { logger: quiet })
    await store.keyValue.set(`revoked:${deviceId}`, true, 60_000)
    await store.close()
    const client = await createClient({ url: redis.url }).connect()
    await client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub'])
    await client.close()
    expect((await ofLaptop.closed).code).toBe(4501)
    expect(ofPhone.socket.readyState).toBe(WebSocket.OPEN)
  })
})

describe('a relay that pairs by code', () => {
  it('takes one that npm run pair made while it ran, once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'aside-pair-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const env = { ASIDE_STORE: `sqlite:${join(folder, 'relay.sqlite')}`, ASIDE_SECRET: SECRET, ASIDE_PAIRING: 'code' }
    const { url } = await newTestRelay({ env })
    expect((await ask(url, '/v1/relay')).body).toMatchObject({ pairing: 'code' })
    const pair = (...args: string[]) =>
      runScript(['scripts/run.mjs', 'scripts/pair.ts', ...args], { ...process.env, ...env })
    const made = await pair('--user', 'Ada', '--device', 'Laptop')
    expect(made).toMatchObject({ code: 0, stderr: '' })
    const [, code] = /^Pairing code for Ada: (\S+)$/m.exec(made.stdout) ?? []
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/)
    const tokens = await pairAt(url, { code })
    expect(tokens.user).toMatchObject({ name: 'Ada' })
    expect((await converse(url, tokens)).socket.readyState).toBe(WebSocket.OPEN)
    expect((await ask(url, '/v1/pair', { code })).status).toBe(403)
    expect(await pair('--user', ' ')).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage:') as string })
  })

  it('cannot be given one over a store inside it', async () => {
    const env = { ...process.env, ASIDE_STORE: 'memory:', ASIDE_SECRET: SECRET }
    const { code, stdout, stderr } = await runScript(['scripts/run.mjs', 'scripts/pair.ts', '--user', 'Ada'], env)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('ASIDE_STORE')
  })
})

describe('a relay that pairs by sign-in', () => {
  it('takes the issuer’s ID token, once, and says where to sign in', async () => {
    const issuer = await startIssuer()
    const { url, log } = await newTestRelay({
      env: { ASIDE_PAIRING: 'oidc', ASIDE_OIDC_ISSUER: issuer.url, ASIDE_OIDC_CLIENT_ID: CLIENT_ID },
    })
    const { body: info } = await ask<object>(url, '/v1/relay')
    expect(info).toMatchObject({ pairing: 'oidc', oidc: { issuer: issuer.url, clientId: CLIENT_ID } })
    const idToken = await issuer.signIn('ada', 'n')
    expect((await ask(url, '/v1/pair', {})).body).toMatchObject({ code: 'id_token_needed' })
    expect((await ask(url, '/v1/pair', { idToken, nonce: 'other' })).status).toBe(403)
    const tokens = await pairAt(url, { idToken, nonce: 'n', device: 'Laptop' })
    expect(tokens.user).toEqual({ id: expect.stringMatching(/^oidc:/) as string, name: 'ada the Tester' })
    expect((await ask(url, '/v1/pair', { idToken, nonce: 'n' })).body).toMatchObject({ code: 'id_token_not_valid' })
    expect((await converse(url, tokens)).socket.readyState).toBe(WebSocket.OPEN)
    issuer.goAway()
    await issuer.rotate()
    // The operator finds out why; nobody finds a token in the log.
    expect(log).toContainEqual(
      expect.objectContaining({ msg: 'a sign-in was refused', reason: 'its nonce is another' }),
    )
    expect(JSON.stringify(log)).not.toContain(idToken.split('.')[1])
  })
})
