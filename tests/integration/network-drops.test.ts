import { describe, expect, it, onTestFinished } from 'vitest'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { type LinkFaults } from '../support/fault-proxy-pipe.ts'
import { newTalkingStage, type TalkingStage } from '../support/talking-client-stage.ts'
import { type TalkingClient } from '../support/talking-client.ts'

/** A talking client, its line to the relay, and everything around. */
interface Scene {
  readonly stage: TalkingStage
  readonly proxy: FaultProxy
  readonly talker: TalkingClient
}

/** How a line breaks. Each leaves a line that carries new connections. */
type Drop = (scene: Scene) => void | Promise<void>

/** Both sides are told at once. */
const reset: Drop = ({ proxy }) => proxy.resetAll()

/** Nobody is told anything until much later; what is said meanwhile is gone. */
const swallow: Drop = async ({ proxy, talker }) => {
  proxy.setLink({ isBlackHole: true })
  talker.client.send({ type: 'context.update', sensors: { mic: true, tab: false, camera: false, screen: false } })
  await proxy.until(() => (swallowed(proxy, 'up') ? true : undefined))
  proxy.setLink({})
  proxy.resetAll()
}

/** The relay is told that the client has said all, and the client is not. */
const halfClose: Drop = ({ proxy }) => {
  for (const connection of proxy.connections) connection.halfClose('server')
}

/** A bad line first, then none. */
const trickle: Drop = async ({ proxy, talker }) => {
  proxy.setLink(SLOW)
  talker.speak(4)
  await proxy.until(() => (proxy.connections.some(({ up }) => up.queuedBytes > 0) ? true : undefined))
  proxy.setLink({})
  proxy.resetAll()
}

const SLOW: Partial<LinkFaults> = { latencyMs: 5, jitterMs: 20, sliceBytes: 64, bytesPerSecond: 100_000 }

const DROPS = { reset, swallow, halfClose, trickle } as const

function swallowed(proxy: FaultProxy, way: 'up' | 'down'): boolean {
  return proxy.connections.some((connection) => connection[way].swallowedBytes > 0)
}

async function newScene(): Promise<Scene> {
  const stage = await newTalkingStage({ brain: { pieces: 12 } })
  const proxy = await startFaultProxy({ port: stage.relays[0]!.port })
  onTestFinished(() => proxy.close())
  return { stage, proxy, talker: stage.talker([`http://127.0.0.1:${proxy.port}`]) }
}

/** A scene in which one turn has been spoken already. */
async function newConversation(): Promise<Scene> {
  const scene = await newScene()
  await scene.talker.ready()
  await scene.talker.answered(scene.talker.type())
  return scene
}

/** Breaks the line and waits until the client is back. */
async function dropAndReturn(scene: Scene, drop: Drop): Promise<void> {
  const before = scene.talker.sockets
  await drop(scene)
  await scene.talker.ready(before)
}

/** The conversation goes on, comes to its end, and nothing was lost or doubled. */
async function finish({ stage, talker }: Scene): Promise<void> {
  await talker.leave()
  await stage.expectKept()
  const ids = new Set(talker.messages.flatMap((message) => (message.type === 'session.ready' ? message.sessionId : [])))
  expect(ids.size).toBe(1)
}

/** Waits until socket `number` of the client has said `session.start`; nothing has come back yet when this goes on. */
function started({ stage }: Scene, number: number): Promise<unknown> {
  return stage.history.until((lines) =>
    lines.find(
      (line) =>
        line.event === 'sent' && line.socket === number && 'type' in line.frame && line.frame.type === 'session.start',
    ),
  )
}

/** Lets `session.ready` of the next socket vanish, and breaks the line. */
async function loseGreeting(scene: Scene): Promise<void> {
  const { proxy, talker } = scene
  await started(scene, talker.sockets + 1)
  proxy.setLink({ isBlackHole: true }, 'down')
  await proxy.until(() => (swallowed(proxy, 'down') ? true : undefined))
  proxy.setLink({})
  proxy.resetAll()
}

describe('a line that breaks before the conversation', () => {
  it('is opened again when it was refused', async () => {
    const stage = await newTalkingStage()
    const proxy = await startFaultProxy({ port: stage.relays[0]!.port })
    onTestFinished(() => proxy.close())
    proxy.setRefusing(true)
    const talker = stage.talker([`http://127.0.0.1:${proxy.port}`])
    await talker.until(() => (talker.client.state.name === 'reconnecting' ? true : undefined))
    proxy.setRefusing(false)
    await talker.ready()
    await finish({ stage, proxy, talker })
  })

  it('is opened again when the request for a ticket vanishes', async () => {
    const stage = await newTalkingStage()
    const proxy = await startFaultProxy({ port: stage.relays[0]!.port })
    onTestFinished(() => proxy.close())
    proxy.setLink({ isBlackHole: true })
    const talker = stage.talker([`http://127.0.0.1:${proxy.port}`])
    await proxy.until(() => (swallowed(proxy, 'up') ? true : undefined))
    proxy.setLink({})
    proxy.resetAll()
    await talker.ready()
    await finish({ stage, proxy, talker })
  })

  it('is opened again when the greeting vanishes', async () => {
    const scene = await newScene()
    await loseGreeting(scene)
    await scene.talker.ready(1)
    await finish(scene)
  })
})

describe('a client whose new token never came', () => {
  it('comes back with the old one, as often as that happens', async () => {
    const scene = await newConversation()
    for (let times = 0; times < 3; times++) {
      const lost = loseGreeting(scene)
      if (times === 0) scene.proxy.resetAll()
      await lost
    }
    await scene.talker.ready(4)
    await finish(scene)
  })

  it('may come back again before it has said anything', async () => {
    const scene = await newConversation()
    for (let times = 0; times < 3; times++) await dropAndReturn(scene, reset)
    await finish(scene)
  })
})

describe.each(Object.entries(DROPS))('%s', (_name, drop) => {
  it('between turns', async () => {
    const scene = await newConversation()
    await dropAndReturn(scene, drop)
    await finish(scene)
  })

  it('while the user speaks', async () => {
    const scene = await newConversation()
    const { talker } = scene
    talker.speak(10)
    await dropAndReturn(scene, drop)
    talker.speak(5)
    await dropAndReturn(scene, drop)
    await talker.heard(talker.endSpeaking())
    await finish(scene)
  })

  it('while a typed turn is on its way', async () => {
    const scene = await newConversation()
    const id = scene.talker.type()
    await dropAndReturn(scene, drop)
    await scene.talker.confirmed(id)
    await finish(scene)
  })

  it('during the answer, twice', async () => {
    const scene = await newConversation()
    const { talker } = scene
    for (let times = 0; times < 2; times++) {
      const heard = talker.speechFrames
      const id = talker.type()
      await talker.until(() => (talker.speechFrames > heard + 2 ? true : undefined))
      await dropAndReturn(scene, drop)
      await talker.confirmed(id)
    }
    await finish(scene)
  })

  it('while a tool runs in the browser', async () => {
    const scene = await newConversation()
    const { stage, talker } = scene
    talker.answersTools = false
    talker.typeForTool()
    const { callId } = await talker.message('tool.call')
    await dropAndReturn(scene, drop)
    talker.client.send({ type: 'tool.result', callId, output: { found: true } })
    await stage.history.until((lines) => lines.find((line) => line.event === 'brain' && line.what === 'tool answered'))
    talker.answersTools = true
    await finish(scene)
  })
})

describe('a typed turn', () => {
  it('that vanished is sent again', async () => {
    const scene = await newConversation()
    const { proxy, talker } = scene
    proxy.setLink({ isBlackHole: true }, 'up')
    const id = talker.type()
    await proxy.until(() => (swallowed(proxy, 'up') ? true : undefined))
    proxy.setLink({})
    await dropAndReturn(scene, reset)
    await talker.confirmed(id)
    await finish(scene)
  })

  it('whose answer vanished is told, and not asked again', async () => {
    const scene = await newConversation()
    const { proxy, talker } = scene
    proxy.setLink({ isBlackHole: true }, 'down')
    const id = talker.type()
    await proxy.until(() => (swallowed(proxy, 'down') ? true : undefined))
    proxy.setLink({})
    await dropAndReturn(scene, reset)
    await talker.confirmed(id)
    await finish(scene)
  })
})
