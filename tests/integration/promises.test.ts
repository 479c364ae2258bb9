import { describe, expect, it, onTestFinished } from 'vitest'
import { deafStore, fencelessStore, forgetfulStore, hastyStore } from '../support/history/faulty-store.ts'
import { recordingStore } from '../support/history/recording-store.ts'
import { type ViolationKind } from '../support/history/violation.ts'
import { startFaultProxy } from '../support/fault-proxy.ts'
import { type Dress, newTalkingStage, type TalkingStage } from '../support/talking-client-stage.ts'

async function kinds(stage: TalkingStage, takeoverMs = 0): Promise<readonly ViolationKind[]> {
  const violations = await stage.judge({ takeoverMs })
  return [...new Set(violations.map(({ kind }) => kind))]
}

describe('a conversation', () => {
  it('keeps every promise while nothing happens to it', async () => {
    const stage = await newTalkingStage()
    const talker = stage.talker()
    await talker.ready()
    await talker.answered(talker.type())
    talker.speak(5)
    await talker.heard(talker.endSpeaking())
    await talker.answered(talker.typeForTool())
    await talker.leave()
    await stage.expectKept()
    // The judge saw something: words, sound, a tool.
    const seen = new Set(stage.history.lines.map((line) => (line.event === 'brain' ? line.what : line.event)))
    const expected = ['store', 'called', 'text', 'audio', 'tool called', 'tool answered', 'left'] as const
    for (const what of expected) expect(seen).toContain(what)
  })
})

describe('commit before send', () => {
  /** One turn, then the instance dies before it could write what it only promised. */
  async function talkAndCrash(dress: Dress, crash: () => void): Promise<TalkingStage> {
    const stage = await newTalkingStage({ dress })
    const talker = stage.talker()
    await talker.ready()
    await talker.answered(talker.type())
    crash()
    return stage
  }

  it('is kept by our store', async () => {
    const record: Dress = (store, instance, history) => recordingStore(store, history, instance)
    const stage = await talkAndCrash(record, () => undefined)
    expect(await kinds(stage)).toEqual([])
  })

  it('is missed by the judge when entries are lost that were confirmed', async () => {
    const crashes: (() => void)[] = []
    const hasty: Dress = (store, instance, history) => {
      const faulty = hastyStore(recordingStore(store, history, instance), 60_000)
      crashes.push(faulty.crash)
      return faulty.store
    }
    const stage = await talkAndCrash(hasty, () => {
      for (const crash of crashes) crash()
    })
    expect(await kinds(stage)).toContain('not stored')
  })

  it('is missed by the judge when entries are told that are written later', async () => {
    const late: Dress = (store, instance, history) => hastyStore(recordingStore(store, history, instance), 50).store
    const stage = await talkAndCrash(late, () => undefined)
    const appended = (await stage.history.until((lines) => {
      const done = lines.filter((line) => line.event === 'store' && line.call === 'append' && line.step === 'done')
      return done.length === 2 ? done : undefined
    })) satisfies readonly unknown[]
    expect(appended).toHaveLength(2)
    expect(await kinds(stage)).toEqual(['not stored first'])
  })
})

describe('fencing', () => {
  /** `a` talks on an instance that is cut off from news when `b` takes the conversation over on another. */
  async function takeOver(dress: Dress): Promise<TalkingStage> {
    const cutOff: Dress = (store, instance, history) =>
      dress(instance === 'one' ? deafStore(store) : store, instance, history)
    const stage = await newTalkingStage({ instances: 2, dress: cutOff })
    const [one, two] = stage.relays
    const a = stage.talker([one!.url])
    await a.ready()
    await a.answered(a.type())
    const b = stage.talker([two!.url], { takeOver: a.thread! })
    await b.ready()
    const id = a.type()
    await a.until((messages) => {
      const isTold = messages.some((message) => message.type === 'transcript.final' && message.id === id)
      return isTold || a.client.state.name === 'closed' ? true : undefined
    })
    await b.leave()
    return stage
  }

  it('keeps an instance from writing that does not know that it lost a conversation', async () => {
    const stage = await takeOver((store, instance, history) => recordingStore(store, history, instance))
    // News travel over a bus that is cut off: only what is stored is safe from the older socket.
    expect(await kinds(stage, Infinity)).toEqual([])
    const closed = stage.history.lines.filter((line) => line.event === 'closed' && line.client === 'c1')
    expect(closed).toMatchObject([{ code: 4509 }])
  })

  it('is missed by the judge when it is off', async () => {
    const fences = new Map<string, number>()
    const stage = await takeOver((store, instance, history) =>
      recordingStore(fencelessStore(store, fences), history, instance),
    )
    expect(await kinds(stage, Infinity)).toContain('fence')
  })
})

describe('replay', () => {
  /** The answer to a typed turn is stored while its client is away, and the client comes back to another instance. */
  async function missAnAnswer(dress: Dress): Promise<TalkingStage> {
    const stage = await newTalkingStage({ instances: 2, dress })
    const [one, two] = stage.relays
    const proxy = await startFaultProxy({ port: one!.port })
    onTestFinished(() => proxy.close())
    const talker = stage.talker([`http://127.0.0.1:${proxy.port}`, two!.url])
    await talker.ready()
    proxy.setLink({ isBlackHole: true }, 'down')
    talker.type()
    await stage.history.until((lines) =>
      lines.find(
        (line) => line.event === 'store' && line.call === 'append' && line.step === 'done' && line.entry.seq === 2,
      ),
    )
    proxy.resetAll()
    await talker.ready(1)
    await talker.leave()
    return stage
  }

  it('brings what was said meanwhile, on another instance too', async () => {
    const stage = await missAnAnswer((store, instance, history) => recordingStore(store, history, instance))
    expect(await kinds(stage)).toEqual([])
  })

  it('is missed by the judge when it is off', async () => {
    const stage = await missAnAnswer((store, instance, history) =>
      recordingStore(forgetfulStore(store), history, instance),
    )
    expect(await kinds(stage)).toContain('missing')
  })
})
