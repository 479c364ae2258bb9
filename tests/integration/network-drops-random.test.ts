import { describe, expect, it, onTestFinished } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { openMemory, openSqlite } from '../support/open-stores.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { newTalkingStage } from '../support/talking-client-stage.ts'
import { type TalkingClient } from '../support/talking-client.ts'

/** Somebody with a very bad line. Whatever they do and whenever it breaks is decided by a seed. */
interface Sufferer {
  readonly talker: TalkingClient
  readonly proxies: readonly FaultProxy[]
  readonly random: () => number
}

type Deed = (talker: TalkingClient) => Promise<unknown>

/** What somebody does; it resolves at a moment in the middle of it. */
const DEEDS: readonly Deed[] = [
  () => Promise.resolve(),
  (talker) => Promise.resolve(talker.type()),
  (talker) => talker.confirmed(talker.type()),
  (talker) => talker.answered(talker.type()),
  (talker) => spoken(talker, 1),
  (talker) => spoken(talker, 8),
  (talker) => {
    talker.speak(9)
    return Promise.resolve()
  },
  (talker) => {
    talker.speak(3)
    return talker.heard(talker.endSpeaking())
  },
  (talker) => {
    const from = talker.messages.length
    talker.typeForTool()
    return talker.message('tool.call', from)
  },
  async (talker) => {
    const from = talker.messages.length
    await spoken(talker, 3)
    const { turn } = await talker.message('turn.start', from)
    talker.client.send({ type: 'turn.interrupt', turn, playedMs: 40 })
  },
]

/** Resolves when so many frames of the answer to a typed turn have come. */
async function spoken(talker: TalkingClient, frames: number): Promise<void> {
  const heard = talker.speechFrames
  talker.type()
  await talker.until(() => (talker.speechFrames >= heard + frames ? true : undefined))
}

type Drop = (proxy: FaultProxy, talker: TalkingClient) => Promise<void> | void

const DROPS: readonly Drop[] = [
  (proxy) => proxy.resetAll(),
  (proxy) => {
    for (const connection of proxy.connections) connection.halfClose('server')
  },
  (proxy) => {
    for (const connection of proxy.connections) connection.halfClose('client')
  },
  (proxy, talker) => swallow(proxy, talker, 'up'),
  (proxy, talker) => swallow(proxy, talker, 'down'),
  async (proxy, talker) => {
    proxy.setLink({ latencyMs: 3, jitterMs: 10, sliceBytes: 100, bytesPerSecond: 200_000 })
    const heard = talker.messages.length
    talker.type()
    await talker.until((messages) => (messages.length > heard ? true : undefined))
    proxy.setLink({})
    proxy.resetAll()
  },
]

/** Something is said and never arrives, and only then is the line seen to be broken. */
async function swallow(proxy: FaultProxy, talker: TalkingClient, way: 'up' | 'down'): Promise<void> {
  proxy.setLink({ isBlackHole: true }, way)
  talker.type()
  await proxy.until(() => proxy.connections.find((connection) => connection[way].swallowedBytes > 0))
  proxy.setLink({})
  proxy.resetAll()
}

function oneOf<Choice>(choices: readonly Choice[], random: () => number): Choice {
  return choices[Math.floor(random() * choices.length)]!
}

/** Talks, and loses the line in the middle of it, so many times. */
async function suffer({ talker, proxies, random }: Sufferer, drops: number): Promise<void> {
  await talker.ready()
  for (let count = 0; count < drops; count++) {
    await oneOf(DEEDS, random)(talker)
    const before = talker.sockets
    for (const proxy of proxies) {
      if (proxy.connections.length > 0) await oneOf(DROPS, random)(proxy, talker)
      if (talker.sockets > before) break
    }
    await talker.ready(before)
  }
}

describe.each([
  { name: 'one relay and a file', open: openSqlite, instances: 1 },
  { name: 'two relays that take turns', open: openMemory, instances: 2 },
])('$name', ({ open, instances }) => {
  it.each([1, 2, 3])('keeps every promise over 3 clients × 7 drops (seed %i)', async (seed) => {
    const stores = await open()
    onTestFinished(() => stores.close())
    const stage = await newTalkingStage({ instances, store: stores.here, brain: { pieces: 10 } })
    const sufferers = await Promise.all(
      [1, 2, 3].map(async (number): Promise<Sufferer> => {
        const random = seededRandom(seed * 100 + number)
        const proxies = await Promise.all(stage.relays.map(({ port }) => startFaultProxy({ port, random })))
        onTestFinished(async () => {
          await Promise.all(proxies.map((proxy) => proxy.close()))
        })
        const talker = stage.talker(proxies.map(({ port }) => `http://127.0.0.1:${port}`))
        return { talker, proxies, random }
      }),
    )
    await Promise.all(sufferers.map((sufferer) => suffer(sufferer, 7)))
    await Promise.all(sufferers.map(({ talker }) => talker.leave()))
    // An instance that is told of a takeover over the bus may have said something meanwhile.
    await stage.expectKept({ takeoverMs: instances === 1 ? 0 : 100 })
    const resumed = stage.history.lines.filter(
      (line) =>
        line.event === 'received' && 'type' in line.frame && line.frame.type === 'session.ready' && line.frame.resumed,
    )
    expect(resumed.length).toBeGreaterThanOrEqual(21)
  })
})
