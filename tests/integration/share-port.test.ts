import { randomUUID } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ANSWER, answeringBrain } from '../support/answering-brain.ts'
import { untilTrue } from '../support/eventually.ts'
import { readMetric } from '../support/metric.ts'
import { type MainProcess, startMain } from '../support/main-process.ts'
import { startRedis } from '../support/redis-server.ts'
import { startScriptedLive } from '../support/scripted-live.ts'
import { openTestClient } from '../support/test-relay-client.ts'
import { freePort } from '../support/transport-server.ts'

/** The kernel spreads connections by their ports: that all of so many go to one of two does not happen. */
const CLIENTS = 24

async function sessionsOf(relay: MainProcess): Promise<number> {
  return (await readMetric(await relay.admin, 'aside_sessions_active')) ?? 0
}

describe.each(['uws', 'ws'])('two processes on one port, engine %s', (engine) => {
  it('share the conversations, and each can go on with those of the other', async () => {
    const [redis, brain, port] = await Promise.all([startRedis(), startScriptedLive(answeringBrain), freePort()])
    onTestFinished(async () => {
      await Promise.all([brain.close(), redis.stop()])
    })
    const env = {
      ASIDE_ENGINE: engine,
      ASIDE_STORE: redis.url,
      ASIDE_SECRET: randomUUID(),
      ASIDE_LIVE_URL: brain.url,
      ASIDE_PORT: String(port),
      ASIDE_SHARE_PORT: 'on',
      ASIDE_MAX_SESSIONS: '100',
    }
    const [first, second] = await Promise.all([startMain(env), startMain(env)])
    const url = `http://127.0.0.1:${port}`
    expect(await Promise.all([first.ready, second.ready])).toEqual([url, url])
    expect(first.output.stdout).toContain(`(engine ${engine},`)

    const talkers = await Promise.all(Array.from({ length: CLIENTS }, () => openTestClient(url)))
    const shares = await Promise.all([sessionsOf(first), sessionsOf(second)])
    expect(Math.min(...shares)).toBeGreaterThan(0)
    expect(shares[0] + shares[1]).toBe(CLIENTS)
    await Promise.all(talkers.map((talker) => say(talker, 'Before.')))

    first.process.kill('SIGKILL')
    await first.exited
    await untilTrue(async () => (await sessionsOf(second)) === CLIENTS)
    await Promise.all(talkers.map((talker) => say(talker, 'After.')))
    for (const { arrivals } of talkers) {
      const finals = arrivals.of('transcript.final').map(({ seq, text }) => ({ seq, text }))
      const texts = ['Before.', ANSWER, 'After.', ANSWER]
      expect(finals).toEqual(texts.map((text, index) => ({ seq: index + 1, text })))
      for (const ready of arrivals.of('session.ready').slice(1)) expect(ready.resumed).toBe(true)
    }

    const alone = await startMain({ ...env, ASIDE_SHARE_PORT: 'off' })
    expect(await alone.exited).toBe(1)
    expect(alone.output.stderr).toContain(`Port ${port} on 127.0.0.1 is already in use.`)
  })
})

async function say({ client, arrivals }: Awaited<ReturnType<typeof openTestClient>>, text: string): Promise<void> {
  const before = arrivals.of('turn.complete').length
  client.send({ type: 'text.send', id: randomUUID(), text })
  await arrivals.until(() => (arrivals.of('turn.complete').length > before ? true : undefined))
}
