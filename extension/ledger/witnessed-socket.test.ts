import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createRelayClient, type RelayClient } from '../../shared/client/relay-client.ts'
import { ScriptedSocket } from '../../shared/client/scripted-socket.ts'
import { type LedgerEntry, type LedgerEntryOf, type LedgerFact } from './ledger-entry.ts'
import { type LedgerChange } from './ledger-store.ts'
import { Ledger } from './ledger.ts'
import { MemoryLedgerStore } from './memory-store.ts'
import { type MakeThumbnail } from './thumbnail.ts'
import { verifyLedger } from './verify.ts'
import { LedgerWitness } from './witnessed-socket.ts'

const JPEG = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3])
const thumbnail: MakeThumbnail = () =>
  Promise.resolve({ width: 640, height: 400, thumbnail: new Uint8Array([1, 2, 3]) })

/** A store whose writes the test lets through one by one, or refuses. */
class SlowStore extends MemoryLedgerStore {
  readonly #waiting: (() => void)[] = []
  isSlow = false
  isBroken = false

  override async write(change: LedgerChange): Promise<void> {
    if (this.isSlow) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.isBroken) throw new Error('the disk is full')
    await super.write(change)
  }

  letThrough(): void {
    this.#waiting.shift()?.()
  }
}

interface Stage {
  readonly client: RelayClient
  readonly store: SlowStore
  readonly ledger: Ledger
  readonly socket: () => ScriptedSocket
  readonly hear: (frames: number) => void
  readonly entries: <Kind extends LedgerFact['kind']>(kind: Kind) => LedgerEntryOf<Kind>[]
}

/** The real client on a witnessed socket whose other side is the test. */
function openLine(setup = {}): Stage {
  const store = new SlowStore()
  const ledger = new Ledger(() => Promise.resolve(store))
  const sockets: ScriptedSocket[] = []
  const client = createRelayClient({
    client: { name: 'test', version: '1' },
    setup,
    getTicket: () => Promise.resolve({ ticket: 't', url: 'ws://127.0.0.1:8787/v1/live' }),
    openSocket: new LedgerWitness(ledger, thumbnail).over((url, protocols, events) => {
      const socket = new ScriptedSocket(url, protocols, events)
      sockets.push(socket)
      return socket
    }),
    random: () => 0,
  })
  client.start()
  onTestFinished(() => client.end())
  let frames = 0
  return {
    client,
    store,
    ledger,
    socket: () => sockets.at(-1)!,
    hear: (count) => {
      for (let index = 0; index < count; index++) client.sendAudio(new Uint8Array(1024), 1_000_000 + 32 * frames++)
    },
    entries: <Kind extends LedgerFact['kind']>(kind: Kind) =>
      [...store.all.values()]
        .map(({ entry }) => entry)
        .filter((entry: LedgerEntry): entry is LedgerEntryOf<Kind> => entry.kind === kind),
  }
}

async function openReadyLine(setup = {}): Promise<Stage> {
  const stage = openLine(setup)
  await vi.waitFor(() => stage.socket())
  stage.socket().accept()
  await vi.waitFor(() => expect(stage.entries('line')).toHaveLength(1))
  return stage
}

/** What the ledger admits at this moment: entries, and what it said may be on its way. */
async function admitted(store: MemoryLedgerStore): Promise<number> {
  const written = [...store.all.values()].reduce(
    (sum, { entry }) => sum + (entry.kind === 'sound' ? entry.frames : 0),
    0,
  )
  const ahead = (await store.aheads()).reduce(
    (sum, { stretch, mayFollow }) => sum + (stretch?.frames ?? 0) + mayFollow,
    0,
  )
  return written + ahead
}

const ACTS = {
  pause: ({ client }: Stage) => client.send({ type: 'audio.end' }),
  slowStore: ({ store }: Stage) => (store.isSlow = true),
  brokenStore: ({ store }: Stage) => (store.isBroken = true),
  letThrough: ({ store }: Stage) => store.letThrough(),
  quickStore: ({ store }: Stage) => {
    store.isSlow = false
    for (let index = 0; index < 50; index++) store.letThrough()
  },
  drop: async ({ socket }: Stage) => {
    const before = socket()
    if (before.closedWith !== undefined) return
    before.drop(1006)
    await vi.waitFor(() => expect(socket()).not.toBe(before))
  },
  return: ({ socket }: Stage) => {
    if (socket().received.length === 0 && socket().closedWith === undefined) socket().accept({ resumed: true })
  },
}

describe('sound', () => {
  it('leaves once the ledger expects it, and is written as a stretch when the microphone pauses', async () => {
    const { client, hear, socket, entries, store } = await openReadyLine()
    hear(3)
    await vi.waitFor(() => expect(socket().audio).toHaveLength(3))
    client.send({ type: 'audio.end' })
    await vi.waitFor(() => expect(entries('sound')).toHaveLength(1))
    const [stretch] = entries('sound')
    expect(stretch).toMatchObject({ frames: 3, bytes: 3072, firstSeq: 1, lastSeq: 3, resent: 0, unsure: 0 })
    expect(stretch).toMatchObject({ relay: 'http://127.0.0.1:8787', session: 'session-1' })
    expect(stretch!.endMs - stretch!.startMs).toBe(96)
    expect(await verifyLedger(store)).toMatchObject({ ok: true })
  })

  it('is written in stretches of a few seconds while it goes on, and in two where there was a gap', async () => {
    const { client, hear, socket, entries } = await openReadyLine()
    hear(320)
    await vi.waitFor(() => expect(socket().audio.length).toBeGreaterThanOrEqual(157))
    client.sendAudio(new Uint8Array(1024), 2_000_000)
    client.end()
    await vi.waitFor(() => expect(entries('sound').length).toBeGreaterThanOrEqual(2))
    for (const { startMs, endMs } of entries('sound')) expect(endMs - startMs).toBeLessThanOrEqual(5000)
  })

  it('waits as long as the ledger has not confirmed that it may follow, and then leaves in order', async () => {
    const { hear, socket, store } = await openReadyLine()
    store.isSlow = true
    hear(100)
    expect(socket().audio).toHaveLength(32)
    await vi.waitFor(() => {
      store.letThrough()
      expect(socket().audio).toHaveLength(100)
    })
    expect(socket().audio.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  })

  it('is never less in the ledger than what left, whatever happens and whenever one looks', async () => {
    const act = fc.constantFrom(...(Object.keys(ACTS) as (keyof typeof ACTS)[]))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.integer({ min: 1, max: 60 }), act), { maxLength: 25 }), async (steps) => {
        const stage = await openReadyLine()
        const left = new Set<ScriptedSocket>()
        for (const step of steps) {
          left.add(stage.socket())
          if (typeof step === 'number') stage.hear(step)
          else await ACTS[step](stage)
          left.add(stage.socket())
          for (const _look of ['at once', 'later']) {
            const count = [...left].reduce((sum, { audio }) => sum + audio.length, 0)
            expect(await admitted(stage.store)).toBeGreaterThanOrEqual(count)
            await new Promise((resolve) => setImmediate(resolve))
          }
        }
        stage.client.end()
      }),
      { numRuns: 40 },
    )
  })

  it('does not leave any more when the ledger cannot be written, and the conversation says why', async () => {
    const { client, hear, socket, store } = await openReadyLine()
    store.isBroken = true
    hear(100)
    await vi.waitFor(() => expect(client.state).toMatchObject({ name: 'closed', code: 4500 }))
    expect(client.state).toMatchObject({ reason: expect.stringContaining('the disk is full') as string })
    expect(socket().audio).toHaveLength(32)
  })

  it('that is sent again after a lost connection is written again, and marked', async () => {
    const { client, hear, socket, entries } = await openReadyLine()
    hear(5)
    const first = socket()
    first.drop(1006)
    await vi.waitFor(() => expect(socket()).not.toBe(first))
    socket().accept({ resumed: true, audioSeq: 2 })
    await vi.waitFor(() => expect(socket().audio).toHaveLength(3))
    client.end()
    await vi.waitFor(() => expect(entries('sound')).toHaveLength(2))
    const [before, after] = entries('sound')
    expect(before).toMatchObject({ firstSeq: 1, lastSeq: 5, resent: 0 })
    expect(after).toMatchObject({ firstSeq: 3, lastSeq: 5, resent: 3 })
    expect(after!.line).not.toBe(before!.line)
  })
})

describe('pictures', () => {
  it('leave when they are written, with the page in front, size, thumbnail and reason', async () => {
    const { client, socket, entries, store } = await openReadyLine()
    const page = { title: 'Beavers', url: 'https://example.org/a?b', lang: '' }
    client.send({ type: 'context.update', page, sensors: { mic: true, tab: true, camera: false, screen: false } })
    store.isSlow = true
    expect(client.sendImage(JPEG, 'tab', 1)).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(socket().images).toHaveLength(0)
    store.isSlow = false
    await vi.waitFor(() => {
      store.letThrough()
      expect(socket().images).toHaveLength(1)
    })
    client.sendImage(JPEG, 'tab', 2)
    client.sendImage(new Uint8Array([...JPEG, 9]), 'camera', 3)
    await vi.waitFor(() => expect(socket().images).toHaveLength(3))
    const pictures = [...store.all.values()].filter(({ entry }) => entry.kind === 'picture')
    expect(entries('picture').map(({ reason, source, imageSeq }) => [reason, source, imageSeq])).toEqual([
      ['first', 'tab', 1],
      ['repeated', 'tab', 2],
      ['changed', 'camera', 3],
    ])
    expect(entries('picture')[0]).toMatchObject({ width: 640, height: 400, bytes: 7 })
    expect(store.allContents.get(pictures[0]!.seq)).toMatchObject({ title: 'Beavers', host: 'example.org' })
    expect(store.allContents.get(pictures[2]!.seq)?.host).toBeUndefined()
    expect(await verifyLedger(store)).toMatchObject({ ok: true })
  })
})

describe('words', () => {
  it('typed, told of the page, and read by a tool are written before they leave', async () => {
    const { client, socket, entries, store } = await openReadyLine()
    const context = {
      type: 'context.update',
      sensors: { mic: false, tab: false, camera: false, screen: false },
    } as const
    const page = { title: 'Beavers', url: 'https://example.org/', lang: '' }
    client.send({ ...context, page })
    client.send({ ...context, page, sensors: { ...context.sensors, mic: true } })
    client.send({ type: 'text.send', id: '1', text: 'one two three four five six seven eight nine ten' })
    socket().say({ type: 'tool.call', callId: 'c1', name: 'read_page', args: {}, timeoutMs: 1000 })
    client.send({
      type: 'tool.result',
      callId: 'c1',
      output: { url: 'https://bank.example/x', title: 'Bank', text: 'abc' },
    })
    await vi.waitFor(() => expect(socket().messages('tool.result')).toHaveLength(1))
    expect(
      socket()
        .messages('context.update')
        .map(({ sensors }) => sensors.mic),
    ).toEqual([false, true])
    expect(entries('text').map(({ source, characters, tool }) => [source, characters, tool])).toEqual([
      ['address', 27, undefined],
      ['typed', 48, undefined],
      ['tool', 60, 'read_page'],
    ])
    expect([...store.allContents.values()].map(({ words, host }) => words ?? host)).toEqual([
      'example.org',
      'one two three four five six seven eight…',
      'bank.example',
    ])
  })
})

describe('what the relay counted', () => {
  it('is written beside it', async () => {
    const { socket, entries } = await openReadyLine({ temporary: true })
    const received = { audioFrames: 5, audioSeq: 5, images: 0 }
    socket().say({ type: 'turn.complete', turn: 1, timings: {}, received })
    socket().say({ type: 'turn.complete', turn: 2, timings: {} })
    await vi.waitFor(() => expect(entries('count')).toHaveLength(1))
    expect(entries('count')[0]).toMatchObject({ turn: 1, ...received })
    expect(entries('line')).toMatchObject([{ temporary: true, session: 'session-1' }])
  })
})
