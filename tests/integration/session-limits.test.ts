import { describe, expect, it } from 'vitest'
import { nodeFetch } from '../../scripts/talk/node-fetch.ts'
import { StoreError } from '../../relay/store/key-value.ts'
import { createTicketSource } from '../../shared/client/ticket-client.ts'
import { TicketRefused } from '../../shared/client/ticket-refused.ts'
import { newMemoryStore, withJournal } from '../support/altered-store.ts'
import { untilTrue } from '../support/eventually.ts'
import { attach, converse, drop } from '../support/resuming-client.ts'
import { speech, speechPcm } from '../support/scripted-live-messages.ts'
import { newTestRelay } from '../support/test-relay.ts'
import { microphoneFrame, openBareClient } from '../support/test-relay-client.ts'

const START = { type: 'session.start', client: { name: 'bare', version: '0' }, setup: {} } as const

function askTicket(url: string) {
  return createTicketSource({ baseUrl: url, fetch: nodeFetch })
    .getTicket(new AbortController().signal)
    .catch((error: unknown) => error)
}

describe('two conversations at once', () => {
  it('are the most, also for sockets that were let in before there were two', async () => {
    const { url } = await newTestRelay()
    const sockets = [await openBareClient(url), await openBareClient(url), await openBareClient(url)]
    for (const { send } of sockets) send(START)
    const told = await Promise.all(
      sockets.map(async ({ arrivals }) => {
        const first = await arrivals.until(() => arrivals.messages[0])
        return first.type === 'error' ? first.code : first.type
      }),
    )
    expect(told.sort()).toEqual(['session.ready', 'session.ready', 'too_many_sessions'])
    const refused = sockets.find(({ arrivals }) => arrivals.of('error').length > 0)!
    expect(await refused.closed).toMatchObject({ code: 4505 })
  })

  it('do not count one that waits for its client, which makes room for another', async () => {
    const { url, brain } = await newTestRelay()
    const first = await attach(url)
    const call = await brain.call(0)
    await converse(call, first, 'one')
    await drop(first)
    const others = [await attach(url), await attach(url)]
    // Only so many brains wait: this one is in the store now.
    await call.closed
    const refused: unknown = await askTicket(url)
    expect(refused).toBeInstanceOf(TicketRefused)
    await drop(others[0]!)
    const back = await attach(url, first.resume())
    expect(back.ready).toMatchObject({ sessionId: first.ready.sessionId, resumed: true, seq: 2 })
  })
})

describe('a day', () => {
  it('that is used up ends the conversation, and no other begins', async () => {
    const { url, brain } = await newTestRelay({ env: { ASIDE_DAILY_MINUTES: '0.05' } })
    const client = await attach(url)
    const call = await brain.call(0)
    await client.arrivals.message('session.state', ({ upstream }) => upstream === 'live')
    for (let seq = 1; seq <= 40; seq++) {
      client.send({ kind: 'microphone', seq, timeMs: seq * 32, replayed: false, payload: microphoneFrame(1) })
    }
    call.send(speech(speechPcm(2000)))
    expect(await client.closed).toMatchObject({ code: 4505 })
    const [error] = client.arrivals.of('error')
    expect(error).toMatchObject({ code: 'quota_spent', fatal: true })
    expect(error!.message).toMatch(/A new day begins at \d{4}-\d\d-\d\dT00:00:00.000Z\./)
    expect(await call.closed).toBe(1000)
    expect(await askTicket(url)).toMatchObject({ retryable: expect.any(Boolean) as boolean })
  })
})

describe('a store that is away', () => {
  it('lets nobody begin, and says so', async () => {
    const away = () => Promise.reject(new StoreError('away'))
    const store = withJournal(newMemoryStore(), () => ({ create: away }))
    const { url } = await newTestRelay({ deps: { store } })
    const { send, arrivals, closed } = await openBareClient(url)
    send(START)
    expect(await arrivals.message('error')).toMatchObject({ code: 'store_unavailable', retryable: true, fatal: true })
    expect(await closed).toMatchObject({ code: 1011 })
  })
})

describe('a conversation that its owner deletes', () => {
  it('ends where it is held: 1000, and is nowhere any more', async () => {
    const store = newMemoryStore()
    const { url, brain } = await newTestRelay({ deps: { store } })
    const client = await attach(url)
    const call = await brain.call(0)
    await converse(call, client, 'one')
    const { sessionId } = client.ready
    await store.journal.delete(sessionId, 'local')
    await store.bus.publish('deleted', { id: sessionId })
    expect(await client.closed).toMatchObject({ code: 1000 })
    expect(client.arrivals.of('error')).toMatchObject([{ code: 'conversation_deleted', fatal: true }])
    expect(await call.closed).toBe(1000)
    expect(await store.journal.look(sessionId, 'local')).toBeUndefined()
  })

  it('ends with its next word when nobody heard of it', async () => {
    const store = newMemoryStore()
    const { url, brain } = await newTestRelay({ deps: { store } })
    const client = await attach(url)
    const call = await brain.call(0)
    await store.journal.delete(client.ready.sessionId, 'local')
    void converse(call, client, 'one')
    expect(await client.closed).toMatchObject({ code: 1000 })
    expect(client.arrivals.of('transcript.final')).toEqual([])
  })
})

describe('what is cleared away', () => {
  it('is nothing that somebody holds, and the state of what is over', async () => {
    const store = newMemoryStore()
    const { url, brain } = await newTestRelay({ deps: { store, times: { sweepMs: 30, idleMs: 400, lingerMs: 1 } } })
    const client = await attach(url)
    const call = await brain.call(0)
    await converse(call, client, 'one')
    const { sessionId } = client.ready
    await drop(client)
    await call.closed
    await untilTrue(async () => (await store.journal.look(sessionId, 'local'))?.state === null)
    expect(await store.journal.list('local', { limit: 10 })).toHaveLength(1)
    const back = await attach(url, client.resume())
    expect(back.ready.sessionId).not.toBe(sessionId)
  })
})
