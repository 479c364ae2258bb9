import { createClient } from '@redis/client'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type JournalEntry } from '../../relay/store/journal.ts'
import { StoreError } from '../../relay/store/key-value.ts'
import { openStore } from '../../relay/store/open-store.ts'
import { type Store } from '../../relay/store/store.ts'
import { untilTrue } from '../support/eventually.ts'
import { quiet } from '../support/open-stores.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'

const LEASE_MS = 60_000

async function redisServer(args: readonly string[] = []): Promise<RedisServer> {
  const redis = await startRedis(args)
  onTestFinished(() => redis.stop())
  return redis
}

async function open(url: string): Promise<Store> {
  const store = await openStore(url, { logger: quiet })
  onTestFinished(() => store.close())
  return store
}

function entry(seq: number, text: string): JournalEntry {
  return { seq, turn: seq, role: 'user', text, at: new Date(seq * 1000).toISOString() }
}

async function conversation({ journal }: Store) {
  const [id, owner] = [randomUUID(), randomUUID()]
  await journal.create({ id, owner, holder: 'here', leaseMs: LEASE_MS, state: null })
  return { id, owner }
}

/** Every way to ask the store something. */
function everyCall({ keyValue, journal, bus }: Store): Record<string, () => Promise<unknown>> {
  const id = randomUUID()
  return {
    get: () => keyValue.get('key'),
    set: () => keyValue.set('key', 1, 1000),
    remove: () => keyValue.delete('key'),
    create: () => journal.create({ id, owner: 'o', holder: 'h', leaseMs: 1, state: null }),
    look: () => journal.look(id, 'o'),
    claim: () => journal.claim(id, 1, 'h', 1),
    renew: () => journal.renew(id, 1, 1),
    release: () => journal.release(id, 1),
    append: () => journal.append(id, 1, entry(1, 'text')),
    saveState: () => journal.saveState(id, 1, null),
    entriesAfter: () => journal.entriesAfter(id, 0, 1),
    latest: () => journal.latest(id, 1),
    list: () => journal.list('o', { limit: 1 }),
    countHeld: () => journal.countHeld('o'),
    delete: () => journal.delete(id, 'o'),
    deleteAll: () => journal.deleteAll('o'),
    sweep: () => journal.sweep(0, 0),
    takeOnce: () => journal.takeOnce('key', 1),
    addUp: () => journal.addUp('o', 'p', { x: 1 }, 1),
    publish: () => bus.publish('topic', null),
  }
}

async function expectStoreErrors(store: Store): Promise<void> {
  const calls = Object.entries(everyCall(store))
  const outcomes = await Promise.allSettled(calls.map(([, call]) => call()))
  const notRefused = calls
    .filter((_, index) => {
      const outcome = outcomes[index]
      return outcome?.status !== 'rejected' || !(outcome.reason instanceof StoreError)
    })
    .map(([name]) => name)
  expect(notRefused).toEqual([])
}

/** A way to Redis that can swallow what it answers. */
async function startMuffle(redisPort: number) {
  const sockets = new Set<Socket>()
  let isMuffled = false
  const server = createServer((inbound) => {
    const outbound = connect(redisPort, '127.0.0.1')
    for (const socket of [inbound, outbound]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
    }
    inbound.pipe(outbound)
    outbound.on('data', (bytes) => {
      if (!isMuffled) inbound.write(bytes)
    })
    outbound.on('close', () => inbound.destroy())
    inbound.on('close', () => outbound.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { readonly port: number }
  return {
    url: `redis://127.0.0.1:${port}`,
    muffle(muffled: boolean) {
      isMuffled = muffled
    },
  }
}

describe('a Redis that says nothing', () => {
  it('makes every call fail, none hang, and is found again when it speaks', { timeout: 60_000 }, async () => {
    const redis = await redisServer()
    const store = await open(redis.url)
    const { id, owner } = await conversation(store)
    await store.journal.append(id, 1, entry(1, 'one'))
    let restored = 0
    store.bus.onRestored(() => restored++)

    redis.pause()
    onTestFinished(() => redis.resume())
    // That these rejections come at all is the point: the test's own time-out is what a hanging call would meet.
    await expectStoreErrors(store)
    expect(await store.isHealthy()).toBe(false)
    // Also while it is tried again and again: it takes connections and does not answer their greeting.
    for (let round = 0; round < 3; round++) {
      await expectStoreErrors(store)
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
    redis.resume()
    await untilTrue(() => store.isHealthy())
    await untilTrue(() => restored > 0)
    expect(await store.journal.look(id, owner)).toMatchObject({ fence: 1, holder: 'here' })
    expect(await store.journal.append(id, 1, entry(2, 'two'))).toBe('appended')
    const heard: unknown[] = []
    store.bus.subscribe('topic', (message) => heard.push(message))
    await store.bus.publish('topic', 'again')
    await untilTrue(() => heard.includes('again'))
  })

  it('may have done what it did not confirm: asking again is answered the same, and it is there once', async () => {
    const redis = await redisServer()
    const way = await startMuffle(redis.port)
    const [store, witness] = [await open(way.url), await open(redis.url)]
    const { id, owner } = await conversation(store)
    const said = entry(2, 'Once.')
    // Redis knows the script from now on; else it would ask for it, and do nothing.
    await store.journal.append(id, 1, entry(1, 'Before.'))

    way.muffle(true)
    await expect(store.journal.append(id, 1, said, { turn: 1 })).rejects.toThrow(StoreError)
    // It was done all the same.
    expect(await witness.journal.latest(id, 5)).toEqual([entry(1, 'Before.'), said])
    await expect(store.journal.append(id, 1, said, { turn: 1 })).rejects.toThrow(StoreError)
    way.muffle(false)
    await untilTrue(() => store.isHealthy())
    expect(await store.journal.append(id, 1, said, { turn: 1 })).toBe('appended')
    expect(await witness.journal.latest(id, 5)).toEqual([entry(1, 'Before.'), said])
    expect(await witness.journal.look(id, owner)).toMatchObject({ seq: 2, state: { turn: 1 } })
  })
})

describe('a Redis that is gone', () => {
  it('makes every call fail at once, and is found again after a restart, without its scripts', async () => {
    const redis = await redisServer()
    const [store, other] = [await open(redis.url), await open(redis.url)]
    const restored = { here: 0, there: 0 }
    store.bus.onRestored(() => restored.here++)
    other.bus.onRestored(() => restored.there++)
    const heard: unknown[] = []
    other.bus.subscribe('topic', (message) => heard.push(message))
    await conversation(store)

    await redis.kill()
    await untilTrue(async () => !(await store.isHealthy()))
    await expectStoreErrors(store)
    await redis.restart()
    await untilTrue(async () => (await store.isHealthy()) && (await other.isHealthy()))
    await untilTrue(() => restored.here > 0 && restored.there > 0)
    const { id } = await conversation(store)
    expect(await store.journal.append(id, 1, entry(1, 'one'))).toBe('appended')
    await store.bus.publish('topic', 'again')
    await untilTrue(() => heard.includes('again'))
    for (const call of Object.values(everyCall(store))) await call()
  })

  it('is no reason to start later', async () => {
    const redis = await redisServer()
    await redis.kill()
    const opening = open(redis.url)
    await redis.restart()
    expect(await (await opening).isHealthy()).toBe(true)
  })
})

describe('a Redis that refuses', () => {
  it('is told of at the start, with what to do and without the password', async () => {
    const redis = await redisServer(['--requirepass', 'right-password'])
    const failure = openStore(`redis://:wrong-password@127.0.0.1:${redis.port}`, { logger: quiet })
    await expect(failure).rejects.toThrow(StoreError)
    await expect(failure).rejects.toThrow(/ASIDE_STORE/)
    await expect(failure).rejects.not.toThrow(/wrong-password/)
    await expect(openStore(redis.url, { logger: quiet })).rejects.toThrow(/NOAUTH/)
    const store = await open(`redis://:right-password@127.0.0.1:${redis.port}`)
    expect(await store.isHealthy()).toBe(true)
  })

  it('because it is full writes nothing, says so, and goes on once there is room', async () => {
    const redis = await redisServer()
    const store = await open(redis.url)
    const { id, owner } = await conversation(store)
    const setMemory = await operator(redis.url)
    await setMemory('1mb')
    const before = await store.journal.look(id, owner)
    await expect(store.journal.append(id, 1, entry(1, 'one'), 'state')).rejects.toThrow(StoreError)
    await expect(conversation(store)).rejects.toThrow(StoreError)
    await expect(store.journal.takeOnce('ticket', LEASE_MS)).rejects.toThrow(StoreError)
    await expect(store.keyValue.set('key', 1)).rejects.toThrow(StoreError)
    expect(await store.isHealthy()).toBe(false)
    expect(await store.journal.look(id, owner)).toEqual(before)
    expect(await store.journal.latest(id, 1)).toEqual([])
    await setMemory('0')
    expect(await store.journal.append(id, 1, entry(1, 'one'), 'state')).toBe('appended')
    expect(await store.journal.takeOnce('ticket', LEASE_MS)).toBe(true)
    expect(await store.isHealthy()).toBe(true)
  })
})

/** Sets how much memory Redis may take, as its operator would. */
async function operator(url: string): Promise<(memory: string) => Promise<unknown>> {
  const client = createClient({ url })
  await client.connect()
  onTestFinished(() => client.destroy())
  await client.configSet('maxmemory-policy', 'noeviction')
  return (memory) => client.configSet('maxmemory', memory)
}

describe('closing', () => {
  it('answers open calls first, and may come twice', async () => {
    const redis = await redisServer()
    const store = await openStore(redis.url, { logger: quiet })
    const open = Promise.all(Array.from({ length: 100 }, (_, index) => store.keyValue.set(`key ${index}`, index)))
    await store.close()
    await open
    await store.close()
    expect(await store.isHealthy()).toBe(false)
    await expectStoreErrors(store)
  })
})
