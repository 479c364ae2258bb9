import { describe, expect, it } from 'vitest'
import { RESUMING_TIMES } from '../../relay/live/resuming-live.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { type ScriptedCall } from '../support/scripted-live.ts'
import {
  heard,
  isRealtime,
  mediaOf,
  resumable,
  said,
  setupOf,
  speech,
  speechPcm,
  turnComplete,
} from '../support/scripted-live-messages.ts'
import { attach, drop } from '../support/resuming-client.ts'
import { newTestRelay } from '../support/test-relay.ts'
import { type Arrivals, microphoneFrame, openTestClient } from '../support/test-relay-client.ts'

/** A conversation whose brain may be replaced soon after its settings changed. */
async function stage(setup: SessionSetup = {}) {
  const times = { brain: { ...RESUMING_TIMES, settledMs: 50, pauseCheckMs: 10 } }
  const { url, brain } = await newTestRelay({ deps: { times } })
  const test = await openTestClient(url, setup)
  const first = await brain.call(0)
  await test.arrivals.message('session.state', ({ upstream }) => upstream === 'live')
  const update = (change: SessionSetup) => test.client.send({ type: 'session.update', setup: change })
  return { ...test, brain, first, update }
}

async function tell(call: ScriptedCall, arrivals: Arrivals, question: string, answer: string): Promise<void> {
  const turns = arrivals.of('turn.complete').length
  call.send(heard(question))
  call.send(said(answer))
  call.send(turnComplete)
  await arrivals.until(() => (arrivals.of('turn.complete').length > turns ? true : undefined))
}

/** What a brain heard: frames by their first byte, and signals. */
function heardBy(call: ScriptedCall): readonly (string | number)[] {
  return call.received.slice(1).map((frame) => {
    const kind = Object.keys(frame['realtimeInput'] as object)[0]!
    return kind === 'audio' ? mediaOf(frame, 'audio')[0]! : kind
  })
}

function configOf(call: ScriptedCall) {
  return setupOf(call) as ReturnType<typeof setupOf> & {
    readonly generationConfig: { readonly speechConfig: object }
    readonly realtimeInputConfig?: object
  }
}

const voiceOf = (call: ScriptedCall) => configOf(call).generationConfig.speechConfig
const named = (voiceName: string) => ({ voiceConfig: { prebuiltVoiceConfig: { voiceName } } })

describe('settings that change', () => {
  it('count from the next pause on, for a brain that goes on, and nothing is lost or noticed', async () => {
    const { arrivals, speak, brain, first, update } = await stage({ voice: 'Kore' })
    first.send(resumable('h1'))
    await tell(first, arrivals, 'My name is Ada.', 'Hello Ada.')
    speak(microphoneFrame(1), microphoneFrame(2))
    brain.answerWith({ onSetup: 'silent' })
    update({ voice: 'Puck', turnTaking: { mode: 'auto', silenceMs: 900 } })
    expect(await arrivals.message('session.updated')).toMatchObject({ deferred: ['voice', 'turnTaking'] })
    expect(await first.closed).toBe(1000)
    speak(microphoneFrame(3))
    const second = await brain.call(1)
    speak(microphoneFrame(4))
    second.send({ setupComplete: {} })
    await second.waitForCount(isRealtime('audio'), 2)
    expect(voiceOf(second)).toEqual(named('Puck'))
    expect(configOf(second).realtimeInputConfig).toEqual({ automaticActivityDetection: { silenceDurationMs: 900 } })
    expect(setupOf(second).sessionResumption?.handle).toBe('h1')
    expect([heardBy(first), heardBy(second)]).toEqual([
      [1, 2],
      [3, 4],
    ])
    await tell(second, arrivals, 'Who am I?', 'Ada.')
    expect(arrivals.of('session.state').map(({ upstream }) => upstream)).toEqual(['connecting', 'live'])
    expect(arrivals.of('error')).toEqual([])
  })

  it('do not cut an answer', async () => {
    const { arrivals, brain, first, update } = await stage()
    first.send(heard('tell me a story'))
    first.send(said('Once upon a time.'))
    await arrivals.message('turn.start')
    update({ voice: 'Puck' })
    await arrivals.message('session.updated')
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(brain.calls).toHaveLength(1)
    first.send(turnComplete)
    expect(voiceOf(await brain.call(1))).toEqual(named('Puck'))
    expect(arrivals.of('turn.interrupted')).toEqual([])
  })

  it('one after another are one move, and none when they are what they were', async () => {
    const { arrivals, brain, update } = await stage({ voice: 'Kore', brevity: 'short' })
    for (const voice of ['Puck', 'Kore']) update({ voice })
    for (const brevity of ['full', 'normal', 'short'] as const) update({ brevity })
    update({ captions: { input: true, output: true } })
    await arrivals.until(() => (arrivals.of('session.updated').length === 6 ? true : undefined))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(brain.calls).toHaveLength(1)
    for (const voice of ['Leda', 'Orus', 'Aoede']) update({ voice })
    expect(voiceOf(await brain.call(1))).toEqual(named('Aoede'))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(brain.calls).toHaveLength(2)
  })

  it('begin anew with another model, which is told the conversation', async () => {
    const { arrivals, brain, first, update } = await stage()
    first.send(resumable('h1'))
    await tell(first, arrivals, 'My name is Ada.', 'Hello Ada.')
    update({ model: 'gemini-3.8-live-extended-thinking' })
    const second = await brain.call(1)
    expect(setupOf(second).model).toBe('models/gemini-3.8-live-extended-thinking')
    expect(setupOf(second).sessionResumption).toEqual({})
    expect(setupOf(second).systemInstruction.parts[0]!.text).toContain('User: My name is Ada.\nYou: Hello Ada.')
  })

  it('while the brain is being called are asked of the next', async () => {
    const { arrivals, brain, first, update } = await stage()
    brain.answerWith({ onSetup: 'silent' })
    first.terminate()
    const second = await brain.call(1)
    update({ voice: 'Puck' })
    await arrivals.message('session.updated')
    brain.answerWith({})
    second.send({ setupComplete: {} })
    expect(voiceOf(await brain.call(2))).toEqual(named('Puck'))
  })
})

describe('a button to talk with', () => {
  const MANUAL = { turnTaking: { mode: 'manual' } } as const
  const AUTO = { turnTaking: { mode: 'auto' } } as const
  const DISABLED = { automaticActivityDetection: { disabled: true } }

  it('may be pressed as soon as it is wanted', async () => {
    const { client, arrivals, speak, brain, first, update } = await stage()
    speak(microphoneFrame(1))
    await first.waitFor(isRealtime('audio'))
    update(MANUAL)
    speak(microphoneFrame(2))
    client.send({ type: 'activity.start' })
    speak(microphoneFrame(3), microphoneFrame(4))
    client.send({ type: 'activity.end' })
    const second = await brain.call(1)
    await second.waitFor(isRealtime('activityEnd'))
    expect(configOf(second).realtimeInputConfig).toEqual(DISABLED)
    expect(heardBy(first)).toEqual([1, 'audioStreamEnd'])
    expect(heardBy(second)).toEqual(['activityStart', 3, 4, 'activityEnd'])
    await tell(second, arrivals, 'hello', 'Hi.')
    expect(arrivals.of('error')).toEqual([])
    expect(brain.calls).toHaveLength(2)
  })

  it('cuts the answer that is being spoken when it is pressed', async () => {
    const { client, arrivals, brain, first, update } = await stage()
    first.send(heard('tell me a story'))
    first.send(said('Once upon a time there was'))
    first.send(speech(speechPcm(100)))
    await arrivals.until(() => arrivals.speech[0])
    update(MANUAL)
    client.send({ type: 'activity.start' })
    expect(await arrivals.message('turn.interrupted')).toMatchObject({ turn: 1 })
    const second = await brain.call(1)
    await second.waitFor(isRealtime('activityStart'))
    expect(heardBy(second)).toEqual(['activityStart'])
    expect(arrivals.of('error')).toEqual([])
  })

  it('is not needed any more as soon as it is not wanted, and every word after that counts', async () => {
    const { client, arrivals, speak, brain, first, update } = await stage(MANUAL)
    speak(microphoneFrame(1))
    client.send({ type: 'activity.start' })
    speak(microphoneFrame(2))
    client.send({ type: 'activity.end' })
    await first.waitFor(isRealtime('activityEnd'))
    await tell(first, arrivals, 'hello', 'Hi.')
    update(AUTO)
    speak(microphoneFrame(3), microphoneFrame(4))
    client.send({ type: 'audio.end' })
    const second = await brain.call(1)
    await second.waitFor(isRealtime('audioStreamEnd'))
    expect(configOf(second).realtimeInputConfig).not.toEqual(DISABLED)
    expect(heardBy(first)).toEqual(['activityStart', 2, 'activityEnd'])
    expect(heardBy(second)).toEqual([3, 4, 'audioStreamEnd'])
    expect(arrivals.of('error')).toEqual([])
  })

  it('stays down over a reconnect when its client says so', async () => {
    const { url, brain } = await newTestRelay()
    const before = await attach(url, undefined, MANUAL)
    const call = await brain.call(0)
    before.send({ type: 'activity.start' })
    before.send(frame(1))
    await call.waitFor(isRealtime('audio'))
    await drop(before)
    const after = await attach(url, before.resume(), MANUAL)
    after.send({ type: 'activity.start' })
    after.send(frame(2))
    after.send({ type: 'activity.end' })
    await call.waitFor(isRealtime('activityEnd'))
    expect(heardBy(call)).toEqual(['activityStart', 1, 2, 'activityEnd'])
  })

  it('is let go of by a client that comes back and does not, and may be pressed again', async () => {
    const { url, brain } = await newTestRelay()
    const before = await attach(url, undefined, MANUAL)
    const call = await brain.call(0)
    before.send({ type: 'activity.start' })
    before.send(frame(1))
    await call.waitFor(isRealtime('audio'))
    await drop(before)
    const after = await attach(url, before.resume(), MANUAL)
    after.send(frame(2))
    after.send({ type: 'activity.start' })
    after.send(frame(3))
    await call.waitForCount(isRealtime('audio'), 2)
    expect(heardBy(call)).toEqual(['activityStart', 1, 'activityEnd', 'activityStart', 3])
  })
})

function frame(seq: number) {
  return { kind: 'microphone', seq, timeMs: seq * 32, replayed: false, payload: microphoneFrame(seq) } as const
}
