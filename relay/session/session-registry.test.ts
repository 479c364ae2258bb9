import { describe, expect, it, onTestFinished } from 'vitest'
import { createSealer } from '../auth/sealer.ts'
import { type LiveService } from '../live/live-service.ts'
import { createLogger } from '../logger.ts'
import { silentMetrics } from '../metrics.ts'
import { StoreError } from '../store/key-value.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { silentTracing } from '../tracing.ts'
import { type Peer, type PeerHandler } from '../transport/transport.ts'
import { SoundBlocks } from './sound-blocks.ts'
import { SessionRegistry } from './session-registry.ts'
import { sessionTimes } from './session-times.ts'
import { UsageBook } from './usage-book.ts'

const IDENTITY = { user: { id: 'anna', name: 'Anna' }, deviceId: 'phone' }
const logger = createLogger('silent', { write: () => undefined })

/** A brain nobody gets to. */
const live: LiveService = {
  capabilities: () => ({ voices: [], unsupported: [], isSlow: false }),
  isReachable: () => true,
  line: () => {
    throw new Error('nobody starts here')
  },
  sample: () => Promise.reject(new Error('nobody tries a voice here')),
}

function newRegistry() {
  const store = createMemoryStore({ logger })
  const registry = new SessionRegistry({
    store,
    live,
    instance: 'here',
    brain: 'gemini',
    model: 'm',
    modelLabel: 'm',
    voice: 'v',
    memory: 50,
    limits: {},
    times: sessionTimes(1_000),
    soundMemory: new SoundBlocks(),
    sealer: createSealer(['s'.repeat(32)], 'test'),
    usage: new UsageBook({ journal: store.journal, limits: {}, logger }),
    dailyLimits: {},
    metrics: silentMetrics(),
    tracing: silentTracing(),
    logger,
    maxSessionsPerUser: 2,
    maxSessions: 1000,
    historyMs: 1_000,
  })
  onTestFinished(() => registry.close())
  return { registry, store }
}

/** A socket of nobody; `closes` holds the codes it was closed with. */
function open(registry: SessionRegistry) {
  const closes: number[] = []
  const opened: PeerHandler[] = []
  const peer: Peer = {
    remoteAddress: '127.0.0.1',
    sendText: () => undefined,
    sendBinary: () => undefined,
    cork: (write) => write(),
    bufferedBytes: () => 0,
    close: (code, reason) => {
      closes.push(code)
      for (const handler of opened) handler.onClose(code, reason)
    },
  }
  const handler = registry.open(peer, IDENTITY)
  opened.push(handler)
  return { closes, handler }
}

describe('the relay', () => {
  it('takes no more than so many sockets that say nothing', async () => {
    const { registry } = newRegistry()
    const sockets = Array.from({ length: 256 }, () => open(registry))
    expect(await registry.capacity()).toBe('full')
    sockets[0]!.handler.onClose(1006, '')
    expect(await registry.capacity()).toBe('open')
  })

  it('counts the conversations of a user on all instances, but for the one they come back to', async () => {
    const { registry, store } = newRegistry()
    const begin = (id: string) =>
      store.journal.create({ id, owner: 'anna', holder: 'there', leaseMs: 10_000, state: null })
    await begin('one')
    expect(await registry.capacity(IDENTITY)).toBe('open')
    await begin('two')
    expect(await registry.capacity(IDENTITY)).toBe('user_full')
    expect(await registry.capacity(IDENTITY, 'two')).toBe('open')
    expect(await registry.capacity({ ...IDENTITY, user: { id: 'ben', name: 'Ben' } })).toBe('open')
  })

  it('says when nobody knows', async () => {
    const { registry, store } = newRegistry()
    store.journal.countHeld = () => Promise.reject(new StoreError('away'))
    expect(await registry.capacity(IDENTITY)).toBe('store')
    expect(await registry.capacity()).toBe('open')
  })

  it('that is to stop takes nobody, and sends who just came elsewhere', async () => {
    const { registry } = newRegistry()
    const { closes } = open(registry)
    await registry.drain(0)
    expect(closes).toEqual([1012])
    expect(await registry.capacity()).toBe('draining')
    const late = open(registry)
    late.handler.onText(JSON.stringify({ type: 'session.start', client: { name: 'x', version: '0' }, setup: {} }))
    expect(late.closes).toEqual([1012])
  })
})
