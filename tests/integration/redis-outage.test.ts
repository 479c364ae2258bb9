import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { nodeFetch } from '../../scripts/talk/node-fetch.ts'
import { createLogger } from '../../relay/logger.ts'
import { openStore } from '../../relay/store/open-store.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'
import { untilTrue } from '../support/eventually.ts'
import { newTalkingStage, type TalkingStage } from '../support/talking-client-stage.ts'
import { type TalkingClient } from '../support/talking-client.ts'

const OUTAGE_MS = 20_000

async function newOutageStage(): Promise<{ readonly stage: TalkingStage; readonly redis: RedisServer }> {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const store = await openStore(redis.url, { logger: createLogger('silent', { write: () => undefined }) })
  onTestFinished(() => store.close())
  return { stage: await newTalkingStage({ instances: 2, store, brain: { pieces: 5, pieceMs: 20 } }), redis }
}

/** A client on each relay, each with a turn behind it. */
async function newTalkers({ relays, talker }: TalkingStage): Promise<readonly TalkingClient[]> {
  const talkers = relays.map(({ url }) => talker([url]))
  await Promise.all(talkers.map((one) => one.ready()))
  await Promise.all(talkers.map((one) => one.answered(one.type())))
  return talkers
}

function ask(url: string, method: 'GET' | 'POST', accessToken?: string) {
  const headers: Record<string, string> = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }
  if (method === 'POST') headers['content-type'] = 'application/json'
  const body = method === 'POST' ? { body: '{}' } : {}
  return nodeFetch(url, { method, headers, ...body, signal: AbortSignal.timeout(10_000) })
}

async function codeOf(answer: Awaited<ReturnType<typeof ask>>): Promise<unknown> {
  return (JSON.parse(await answer.text()) as { readonly code?: unknown }).code
}

function finalsOf(talker: TalkingClient): number {
  return talker.messages.filter(({ type }) => type === 'transcript.final').length
}

describe('a Redis that answers nobody for 20 s', () => {
  it('delays what is stored, and loses and doubles none of it', { timeout: 60_000 }, async () => {
    const { stage, redis } = await newOutageStage()
    const talkers = await newTalkers(stage)
    const [{ url }] = stage.relays as [TalkingStage['relays'][0]]
    const { accessToken } = JSON.parse(await (await ask(`${url}/v1/pair`, 'POST')).text()) as { accessToken: string }

    redis.pause()
    stage.history.add({ event: 'fault', what: 'store away', to: 'redis' })
    const over = wait(OUTAGE_MS)
    await untilTrue(async () => (await ask(`${url}/readyz`, 'GET')).status === 503)
    expect(await (await ask(`${url}/readyz`, 'GET')).text()).toContain('store')
    // What was confirmed a moment before the outage has been told by now.
    const told = talkers.map(finalsOf)

    // The conversation goes on: the brain hears and is heard.
    for (let turn = 0; turn < 3; turn++) {
      for (const talker of talkers) {
        const heard = talker.speechFrames
        talker.type()
        await talker.until(() => (talker.speechFrames > heard ? true : undefined))
      }
    }
    const refused = await ask(`${url}/v1/tickets`, 'POST', accessToken)
    expect([refused.status, await codeOf(refused)]).toEqual([503, 'store_unavailable'])
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    expect((await ask(`${url}/v1/pair`, 'POST')).status).toBe(503)

    await over
    expect(talkers.map(finalsOf)).toEqual(told)
    stage.history.add({ event: 'fault', what: 'store back', to: 'redis' })
    redis.resume()
    await untilTrue(async () => (await ask(`${url}/readyz`, 'GET')).status === 200)
    await Promise.all(talkers.map((talker) => talker.leave()))
    await stage.expectKept()
    expect(talkers.map(({ sockets }) => sockets)).toEqual([1, 1])
    expect((await ask(`${url}/v1/tickets`, 'POST', accessToken)).status).toBe(200)
  })
})

describe('a Redis that comes back empty', () => {
  it('ends the conversations it has forgotten, and nothing is told that it does not have', async () => {
    const { stage, redis } = await newOutageStage()
    const talkers = await newTalkers(stage)
    const told = talkers.map(finalsOf)
    await redis.restart()
    for (const talker of talkers) talker.type()
    await Promise.all(talkers.map((talker) => talker.until(() => (isOver(talker) ? true : undefined))))
    expect(talkers.map(finalsOf)).toEqual(told)
    // Who begins anew is well.
    const newcomer = stage.talker()
    await newcomer.ready()
    await newcomer.answered(newcomer.type())
  })
})

function isOver({ client }: TalkingClient): boolean {
  return client.state.name === 'closed'
}
