import { describe, expect, it } from 'vitest'
import { StoreError } from '../../relay/store/key-value.ts'
import { type Store } from '../../relay/store/store.ts'
import { newMemoryStore, withJournal } from '../support/altered-store.ts'
import { attach, converse, drop, finalsOf } from '../support/resuming-client.ts'
import { heard, isRealtime, resumable, said, speech, speechPcm } from '../support/scripted-live-messages.ts'
import { newTestRelay, type TestRelayOptions } from '../support/test-relay.ts'
import { microphoneFrame } from '../support/test-relay-client.ts'

/** Two relays on one store: instances of one installation. */
async function twoRelays(store: Store = newMemoryStore(), options: TestRelayOptions = {}) {
  const env = { ASIDE_SECRET: 's'.repeat(32), ...options.env }
  const one = await newTestRelay({ ...options, env, deps: { ...options.deps, store } })
  const other = await newTestRelay({ ...options, env, deps: { ...options.deps, store } })
  return { one, other, store }
}

/** The store as an instance sees it that hears nothing of the others. */
function deaf(store: Store): Store {
  return { ...store, bus: { ...store.bus, subscribe: () => () => undefined } }
}

describe('a client that comes back to another instance', () => {
  it('goes on there, and the brain it had is hung up before another is called', async () => {
    const { one, other } = await twoRelays()
    const first = await attach(one.url)
    const call = await one.brain.call(0)
    await converse(call, first, 'one')
    let isHungUp = false
    void call.closed.then(() => (isHungUp = true))
    const hungUpFirst = other.brain.arrival(0).then(() => isHungUp)
    await drop(first)
    const second = await attach(other.url, first.resume({ lastSeq: 1 }))
    expect(second.ready).toMatchObject({ sessionId: first.ready.sessionId, resumed: true, seq: 2 })
    expect(await hungUpFirst).toBe(true)
    await converse(await other.brain.call(0), second, 'two')
    expect(finalsOf(second)).toEqual([
      [2, 'answer one'],
      [3, 'question two'],
      [4, 'answer two'],
    ])
    expect(second.arrivals.of('turn.start')).toMatchObject([{ turn: 2 }])
  })

  it('closes its old line with 4509', async () => {
    const { one, other } = await twoRelays()
    const first = await attach(one.url)
    await one.brain.call(0)
    const second = await attach(other.url, first.resume())
    expect(await first.closed).toMatchObject({ code: 4509 })
    expect(first.arrivals.of('error')).toMatchObject([{ code: 'superseded', fatal: true }])
    expect(second.ready.sessionId).toBe(first.ready.sessionId)
  })

  it('hands the brain what it goes on with, unreadable in the store', async () => {
    const { one, other, store } = await twoRelays()
    const first = await attach(one.url)
    const call = await one.brain.call(0)
    call.send(resumable('handle-of-the-brain'))
    await converse(call, first, 'one')
    const { sessionId } = first.ready
    expect(JSON.stringify(await store.journal.look(sessionId, 'local'))).not.toContain('handle-of-the-brain')
    await drop(first)
    await attach(other.url, first.resume())
    const next = await other.brain.call(0)
    expect(JSON.stringify(next.received[0])).toContain('handle-of-the-brain')
  })

  it('brings only the sound the brain has not had', async () => {
    const { one, other } = await twoRelays()
    const first = await attach(one.url)
    const call = await one.brain.call(0)
    for (const seq of [1, 2, 3]) {
      first.send({ kind: 'microphone', seq, timeMs: 0, replayed: false, payload: microphoneFrame(seq) })
    }
    await call.waitForCount(isRealtime('audio'), 3)
    await converse(call, first, 'one')
    await drop(first)
    const second = await attach(other.url, first.resume())
    expect(second.ready.audioSeq).toBe(3)
    for (const seq of [3, 4]) {
      second.send({ kind: 'microphone', seq, timeMs: 0, replayed: true, payload: microphoneFrame(seq) })
    }
    await (await other.brain.call(0)).waitFor(isRealtime('audio'))
    expect((await other.brain.call(0)).received.filter(isRealtime('audio'))).toHaveLength(1)
  })

  it('is not answered twice for what it typed', async () => {
    const { one, other } = await twoRelays()
    const first = await attach(one.url)
    await one.brain.call(0)
    first.send({ type: 'text.send', id: 't1', text: 'typed' })
    await first.arrivals.message('transcript.final')
    await drop(first)
    const second = await attach(other.url, first.resume({ lastSeq: 0 }))
    second.send({ type: 'text.send', id: 't1', text: 'typed' })
    second.send({ type: 'text.send', id: 't2', text: 'more' })
    await second.arrivals.message('transcript.final', ({ id }) => id === 't2')
    expect(finalsOf(second)).toEqual([
      [1, 'typed'],
      [2, 'more'],
    ])
  })
})

describe('an instance that does not hear that its conversation was taken', () => {
  it('cannot write any more, and lets go with its next word', async () => {
    const store = newMemoryStore()
    const one = await newTestRelay({ deps: { store: deaf(store) } })
    const other = await newTestRelay({ deps: { store, times: { handoverMs: 10 } } })
    const first = await attach(one.url)
    const call = await one.brain.call(0)
    const second = await attach(other.url, first.resume())
    await converse(await other.brain.call(0), second, 'new')
    call.send(heard('old question'))
    call.send(said('old answer'))
    expect(await first.closed).toMatchObject({ code: 4509 })
    expect(finalsOf(first)).toEqual([])
    expect(await call.closed).toBe(1000)
    const entries = await store.journal.latest(first.ready.sessionId, 50)
    expect(entries.map(({ text }) => text)).toEqual(['question new', 'answer new'])
  })

  it('lets go when its lease is not renewed', async () => {
    const store = newMemoryStore()
    const one = await newTestRelay({ deps: { store: deaf(store), times: { renewMs: 50 } } })
    const other = await newTestRelay({ deps: { store, times: { handoverMs: 10 } } })
    const first = await attach(one.url)
    await attach(other.url, first.resume())
    expect(await first.closed).toMatchObject({ code: 4509 })
  })
})

describe('a conversation whose instance died', () => {
  it('goes on elsewhere; the answer under way is over, and said to be', async () => {
    const store = newMemoryStore()
    // It stores nothing more: as if it had been killed after the question.
    let isDead = false
    const dying = withJournal(store, (journal) => ({
      append: (...args) => (isDead ? Promise.reject(new StoreError('dead')) : journal.append(...args)),
      saveState: (...args) => (isDead ? Promise.reject(new StoreError('dead')) : journal.saveState(...args)),
    }))
    const one = await newTestRelay({ deps: { store: deaf(dying), times: { storeRetryDelaysMs: [] } } })
    const other = await newTestRelay({ deps: { store, times: { handoverMs: 10 } } })
    const first = await attach(one.url)
    const call = await one.brain.call(0)
    call.send(heard('tell me'))
    call.send(speech(speechPcm(20)))
    await first.arrivals.message('transcript.final')
    isDead = true
    const second = await attach(other.url, first.resume())
    expect(second.ready).toMatchObject({ sessionId: first.ready.sessionId, resumed: true })
    expect(await second.arrivals.message('turn.interrupted')).toMatchObject({ turn: 1 })
    expect(await second.arrivals.message('turn.complete')).toMatchObject({ turn: 1 })
    expect(await second.arrivals.message('error')).toMatchObject({ code: 'answer_lost', fatal: false })
    await converse(await other.brain.call(0), second, 'next')
    expect(second.arrivals.of('turn.start').at(-1)!.turn).toBeGreaterThan(1)
  })
})

describe('a relay that is to stop', () => {
  it('moves its conversations at once where nobody speaks, and they go on elsewhere', async () => {
    const { one, other } = await twoRelays()
    const first = await attach(one.url)
    const call = await one.brain.call(0)
    await converse(call, first, 'one')
    const drained = one.relay.drain()
    expect(await first.closed).toMatchObject({ code: 1012 })
    const [moved] = first.arrivals.of('session.moved')
    expect(moved).toMatchObject({ reason: 'drain' })
    expect(moved!.reconnectInMs).toBeLessThanOrEqual(500)
    await drained
    expect(await call.closed).toBe(1000)
    const second = await attach(other.url, first.resume())
    expect(second.ready).toMatchObject({ sessionId: first.ready.sessionId, resumed: true, seq: 2 })
    await converse(await other.brain.call(0), second, 'two')
    expect(second.arrivals.of('error')).toEqual([])
  })

  it('lets an answer be spoken to its end', async () => {
    const { one } = await twoRelays()
    const first = await attach(one.url)
    const call = await one.brain.call(0)
    call.send(heard('tell me'))
    call.send(said('Once upon a time.'))
    await first.arrivals.message('transcript.final')
    const drained = one.relay.drain()
    call.send({ serverContent: { turnComplete: true } })
    await first.closed
    await drained
    expect(first.arrivals.of('transcript.final').at(-1)).toMatchObject({ seq: 2, text: 'Once upon a time.' })
    expect(first.arrivals.of('turn.interrupted')).toEqual([])
  })

  it('does not wait for ever: what was heard of the answer is kept', async () => {
    const { one, other } = await twoRelays(undefined, { env: { ASIDE_DRAIN: '1s' } })
    const first = await attach(one.url)
    const call = await one.brain.call(0)
    call.send(heard('tell me'))
    call.send(said('Once upon a time.'))
    await first.arrivals.message('transcript.final')
    await one.relay.drain()
    const second = await attach(other.url, first.resume({ lastSeq: 0 }))
    await second.arrivals.message('transcript.final', ({ seq }) => seq === 2)
    expect(second.arrivals.of('transcript.final')).toMatchObject([
      { seq: 1, text: 'tell me' },
      { seq: 2, role: 'assistant', interrupted: true },
    ])
  })

  it('leaves a conversation whose client is away where another instance finds it', async () => {
    const { one, other } = await twoRelays()
    const first = await attach(one.url)
    await converse(await one.brain.call(0), first, 'one')
    await drop(first)
    await one.relay.drain()
    const second = await attach(other.url, first.resume())
    expect(second.ready).toMatchObject({ sessionId: first.ready.sessionId, resumed: true })
  })
})

describe('a conversation that is not to be kept', () => {
  it('is unknown on another instance', async () => {
    const { one, other, store } = await twoRelays()
    const first = await attach(one.url, undefined, { temporary: true })
    await converse(await one.brain.call(0), first, 'secret')
    const second = await attach(other.url, first.resume(), { temporary: true })
    expect(second.ready).toMatchObject({ resumed: false, seq: 0 })
    expect(second.ready.sessionId).not.toBe(first.ready.sessionId)
    expect(await store.journal.list('local', { limit: 10 })).toEqual([])
    expect(await store.journal.latest(first.ready.sessionId, 10)).toEqual([])
  })
})
