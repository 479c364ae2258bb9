import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { nodeFetch } from '../../scripts/talk/node-fetch.ts'
import { createRelayAccount, tokensInMemory } from '../../shared/client/relay-account.ts'
import { ANSWER, answeringBrain } from '../support/answering-brain.ts'
import { createBalancer } from '../support/balancer.ts'
import { untilTrue } from '../support/eventually.ts'
import { type MainProcess, startMain } from '../support/main-process.ts'
import { readMetric } from '../support/metric.ts'
import { startRedis } from '../support/redis-server.ts'
import { runScript } from '../support/script-process.ts'
import { startScriptedLive } from '../support/scripted-live.ts'
import { openTestClient, type TestClient } from '../support/test-relay-client.ts'
import { freePort } from '../support/transport-server.ts'

const CLIENTS = 4

/** What compose.yaml describes, on loopback: two relays with a Redis, behind HAProxy with TLS. */
async function stage() {
  const [redis, brain, httpsPort, httpPort] = await Promise.all([
    startRedis(),
    startScriptedLive(answeringBrain),
    freePort(),
    freePort(),
  ])
  onTestFinished(async () => {
    await Promise.all([brain.close(), redis.stop()])
  })
  const balancer = createBalancer(httpsPort, httpPort)
  const env = {
    ASIDE_STORE: redis.url,
    ASIDE_SECRET: randomUUID(),
    ASIDE_LIVE_URL: brain.url,
    ASIDE_PUBLIC_URL: balancer.https,
    ASIDE_TRUSTED_PROXIES: '127.0.0.1',
    ASIDE_MAX_SESSIONS: String(CLIENTS),
  }
  const relays = await Promise.all([startMain(env), startMain(env)])
  const [relayA, relayB] = await Promise.all(relays.map(async ({ ready }) => new URL(await ready).host))
  await balancer.start(relayA!, relayB!)
  await untilTrue(async () => (await statusOf(`${balancer.https}/readyz`)) === 200)
  return { ...balancer, relays, env }
}

async function statusOf(url: string, options: RequestInit = {}): Promise<number | undefined> {
  return fetch(url, { redirect: 'manual', ...options }).then(
    ({ status }) => status,
    () => undefined,
  )
}

/** Pairs as a person does: with a code that the operator made. */
async function pairedAccount(baseUrl: string, env: NodeJS.ProcessEnv) {
  const made = await runScript(['scripts/pair.ts', '--user', 'Ada'], {
    ...process.env,
    GEMINI_API_KEY: 'test-key',
    ...env,
  })
  const code = /^Pairing code for Ada: (\S+)$/m.exec(made.stdout)?.[1]
  const account = createRelayAccount({
    baseUrl,
    fetch: nodeFetch,
    keeper: tokensInMemory(),
    unpaired: () => 'It was paired.',
  })
  expect(await account.pair({ code: code! })).toMatchObject({ ok: true, value: { name: 'Ada' } })
  return account
}

async function say({ client, arrivals }: TestClient, text: string): Promise<void> {
  const before = arrivals.of('turn.complete').length
  client.send({ type: 'text.send', id: randomUUID(), text })
  await arrivals.until(() => (arrivals.of('turn.complete').length > before ? true : undefined))
}

async function activeSessions({ admin }: MainProcess): Promise<number> {
  return (await readMetric(await admin, 'aside_sessions_active')) ?? 0
}

describe('two relays behind a balancer', () => {
  it('share the conversations, and one that is stopped hands its own over without losing a word', async () => {
    const { https, relays, env } = await stage()
    const account = await pairedAccount(https, env)
    const talkers = await Promise.all(Array.from({ length: CLIENTS }, () => openTestClient(https, {}, account)))
    const [ofStopped, ofLeft] = await Promise.all(relays.map(activeSessions))
    expect(Math.min(ofStopped!, ofLeft!)).toBeGreaterThan(0)
    expect(ofStopped! + ofLeft!).toBe(CLIENTS)
    await Promise.all(talkers.map((talker) => say(talker, 'Before.')))

    const [stopped, left] = relays
    stopped.process.kill('SIGTERM')
    expect(await stopped.exited).toBe(0)
    await Promise.all(talkers.map((talker) => say(talker, 'After.')))
    expect(await activeSessions(left)).toBe(CLIENTS)
    const moved = talkers.filter(({ arrivals }) => arrivals.of('session.moved').length > 0)
    expect(moved.length).toBeGreaterThan(0)
    for (const { arrivals } of talkers) {
      const texts = ['Before.', ANSWER, 'After.', ANSWER]
      const finals = arrivals.of('transcript.final').map(({ seq, text }) => ({ seq, text }))
      expect(finals).toEqual(texts.map((text, index) => ({ seq: index + 1, text })))
    }
    for (const { arrivals } of talkers) {
      const [first, ...later] = arrivals.of('session.ready')
      for (const ready of later) expect(ready).toMatchObject({ sessionId: first!.sessionId, resumed: true })
    }
  })

  it('are reached by TLS alone, tell the world nothing of their inside, and know who really asks', async () => {
    const { https, http, relays } = await stage()
    const redirected = await fetch(`${http}/v1/relay?x=1`, { redirect: 'manual' })
    expect(redirected.status).toBe(308)
    expect(redirected.headers.get('location')).toMatch(/^https:\/\/localhost.*\/v1\/relay\?x=1$/)
    expect(await (await fetch(`${https}/v1/relay`)).json()).toMatchObject({ name: 'aside-relay', pairing: 'code' })
    expect((await fetch(`${https}/livez`)).headers.get('strict-transport-security')).toContain('max-age=')
    expect(await statusOf(`${https}/metrics`)).toBe(404)
    // Were the clients' own word about their address taken, nobody would ever have tried too often.
    const tries = Array.from({ length: 40 }, (_, index) =>
      statusOf(`${https}/v1/pair`, {
        method: 'POST',
        body: '{"code":"WRNG-CODE"}',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': `203.0.113.${index}` },
      }),
    )
    expect(await Promise.all(tries)).toContain(429)

    // Both gone: the balancer says so as they would.
    for (const relay of relays) relay.process.kill('SIGKILL')
    await untilTrue(async () => (await statusOf(`${https}/readyz`)) === 503)
    const response = await fetch(`${https}/v1/relay`)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('retry-after')).toBe('2')
    expect(await response.json()).toMatchObject({ status: 503, code: 'unavailable' })
  })
})
