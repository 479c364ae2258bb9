import { describe, expect, it, onTestFinished } from 'vitest'
import { startFaultProxy, type FaultProxy } from '../support/fault-proxy.ts'
import { newTalkingStage, type TalkingStage } from '../support/talking-client-stage.ts'
import { type TalkingClient } from '../support/talking-client.ts'

/** Drops that come at a bad moment: in the middle of a drain, or without anybody being told. */

/** Long enough that much is still to be said when something happens. */
const LONG_ANSWER = { pieces: 200 }

/** Somebody who talks says so much at a time, and so often: in all less than the 5 s that a client keeps. */
const WORD = { frames: 2, everyMs: 400 }

async function newProxy(stage: TalkingStage, relay: number): Promise<FaultProxy> {
  const proxy = await startFaultProxy({ port: stage.relays[relay]!.port })
  onTestFinished(() => proxy.close())
  return proxy
}

function addressOf(proxy: FaultProxy): string {
  return `http://127.0.0.1:${proxy.port}`
}

/** Somebody who had one answer. */
async function newScene(stage: TalkingStage) {
  const proxy = await newProxy(stage, 0)
  const talker = stage.talker([addressOf(proxy)])
  await talker.ready()
  await talker.answered(talker.type())
  return { proxy, talker }
}

/** Says goodbye, and nothing was lost or doubled, in one conversation. */
async function finish(stage: TalkingStage, ...talkers: readonly TalkingClient[]): Promise<void> {
  for (const talker of talkers) await talker.leave()
  await stage.expectKept()
  for (const { messages } of talkers) {
    const ids = messages.flatMap((message) => (message.type === 'session.ready' ? message.sessionId : []))
    expect(new Set(ids).size).toBe(1)
  }
}

describe('a line that breaks while its relay drains', () => {
  /** Attempts go to the instance that stops, and after so many to the other one. */
  async function dropInDrain(triesBefore: number): Promise<void> {
    const stage = await newTalkingStage({ instances: 2, brain: LONG_ANSWER })
    const [stopping, other] = [await newProxy(stage, 0), stage.relays[1]!]
    const addresses = [...Array.from({ length: triesBefore }, () => addressOf(stopping)), other.url]
    const talker = stage.talker(addresses)
    await talker.ready()
    const id = talker.type()
    await talker.until(() => (talker.speechFrames > 2 ? true : undefined))
    // It waits for the end of the answer; the line does not.
    const drained = stage.relays[0]!.drain()
    const before = talker.sockets
    stopping.resetAll()
    await talker.ready(before)
    await drained
    await talker.confirmed(id)
    await talker.answered(talker.type())
    await finish(stage, talker)
  }

  it('is taken up by another instance', async () => {
    await dropInDrain(1)
  })

  it('is taken up by another instance when the one that stops was asked first', async () => {
    await dropInDrain(3)
  })
})

describe('a line that dies without a word', () => {
  it('is noticed by the client, whether somebody talks or nobody does', { timeout: 90_000 }, async () => {
    const stage = await newTalkingStage({ brain: { pieces: 12 } })
    const scenes = await Promise.all([newScene(stage), newScene(stage)])
    const [idle, talking] = scenes
    const before = scenes.map(({ talker }) => talker.sockets)
    // New connections get through.
    for (const { proxy } of scenes)
      for (const connection of proxy.connections) connection.setLink({ isBlackHole: true })
    const words = setInterval(() => talking.talker.speak(WORD.frames), WORD.everyMs)
    await talking.talker.ready(before[1])
    clearInterval(words)
    // Nobody misses anything yet where nobody talks.
    expect(idle.talker.sockets).toBe(before[0])
    await talking.talker.heard(talking.talker.endSpeaking())
    await idle.talker.ready(before[0])
    await finish(stage, idle.talker, talking.talker)
  })
})
