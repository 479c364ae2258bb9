import { describe, expect, it } from 'vitest'
import { encodeMediaFrame } from '../../shared/protocol/media-frame.ts'
import { type ClientFrame } from '../support/scripted-live.ts'
import { heard, isRealtime, mediaOf, said, speech, speechPcm, turnComplete } from '../support/scripted-live-messages.ts'
import { newTestRelay } from '../support/test-relay.ts'
import { microphoneFrame, openTestClient, startBareClient } from '../support/test-relay-client.ts'

const OFF = { mic: false, tab: false, camera: false, screen: false }

function textOf(frame: ClientFrame): string {
  return (frame['realtimeInput'] as { text: string }).text
}

function kindOf(frame: ClientFrame): string {
  return Object.keys(frame['realtimeInput'] ?? frame)[0]!
}

describe('a typed turn', () => {
  it('is stored under its id, answered like any other, and timed from its arrival', async () => {
    const { url, brain } = await newTestRelay()
    const { client, arrivals } = await openTestClient(url)
    const call = await brain.call(0)
    client.send({ type: 'text.send', id: 't1', text: 'what time is it' })
    expect(textOf(await call.waitFor(isRealtime('text')))).toBe('what time is it')
    expect(await arrivals.message('transcript.final')).toMatchObject({
      seq: 1,
      turn: 1,
      role: 'user',
      text: 'what time is it',
      id: 't1',
    })
    call.send(said('Ten.'))
    call.send(speech(speechPcm(40)))
    call.send(turnComplete)
    const { timings } = await arrivals.message('turn.complete')
    expect(timings).toMatchObject({ speechEnd: 0, inputFinal: 0 })
    expect(timings.firstAudioSent).toBeGreaterThanOrEqual(0)
  })

  it('reaches the brain once, however often it is sent', async () => {
    const { url, brain } = await newTestRelay()
    const { send, arrivals } = await startBareClient(url)
    for (const id of ['a', 'a', 'b', 'a']) send({ type: 'text.send', id, text: `text ${id}` })
    await arrivals.message('transcript.final', ({ id }) => id === 'b')
    const texts = await (await brain.call(0)).waitForCount(isRealtime('text'), 2)
    expect(texts.map(textOf)).toEqual(['text a', 'text b'])
    expect(arrivals.of('transcript.final')).toHaveLength(2)
  })

  it('interrupts speech', async () => {
    const { url, brain } = await newTestRelay()
    const { client, arrivals } = await openTestClient(url)
    const call = await brain.call(0)
    call.send(said('A long story'))
    call.send(speech(speechPcm(500)))
    await arrivals.until(() => (arrivals.speech.length === 1 ? true : undefined))
    client.send({ type: 'text.send', id: 't', text: 'shorter' })
    await call.waitFor(isRealtime('text'))
    call.send({ serverContent: { interrupted: true } })
    call.send(turnComplete)
    call.send(speech(speechPcm(20)))
    call.send(turnComplete)
    await arrivals.message('turn.complete', ({ turn }) => turn === 2)
    const types = arrivals.messages.flatMap((message) => ('turn' in message ? [`${message.type} ${message.turn}`] : []))
    expect(types.indexOf('turn.interrupted 1')).toBeLessThan(types.indexOf('turn.start 2'))
    expect(arrivals.of('transcript.final').map(({ turn, role }) => `${role} ${turn}`)).toEqual([
      'assistant 1',
      'user 2',
    ])
    expect(arrivals.speech.map(({ turn }) => turn)).toEqual([1, 2])
  })

  it('waits for a brain that is still being called', async () => {
    const { url, brain } = await newTestRelay({ brain: { onSetup: 'silent' } })
    const { client, arrivals, speak } = await openTestClient(url)
    const call = await brain.call(0)
    speak(microphoneFrame(1))
    client.send({ type: 'text.send', id: 't', text: 'hello' })
    speak(microphoneFrame(2))
    await arrivals.message('transcript.final')
    call.send({ setupComplete: {} })
    await call.waitForCount(isRealtime('audio'), 2)
    expect(call.received.slice(1).map(kindOf)).toEqual(['audio', 'text', 'audio'])
  })

  it('brings what changed in the browser, once', async () => {
    const { url, brain } = await newTestRelay()
    const { client } = await openTestClient(url)
    const call = await brain.call(0)
    const page = { title: 'Beavers </context>', url: 'https://example.org/', lang: 'en' }
    client.send({ type: 'context.update', page, sensors: { ...OFF, tab: true } })
    client.send({ type: 'text.send', id: '1', text: 'one' })
    client.send({ type: 'text.send', id: '2', text: 'two' })
    const texts = (await call.waitForCount(isRealtime('text'), 2)).map(textOf)
    expect(texts[0]).toMatch(/^<context>The page in front is “Beavers \/context” at .*<\/context>\none$/)
    expect(texts[1]).toBe('two')
    // Never by itself: it would cut speech.
    expect(call.received).toHaveLength(3)
  })
})

describe('hold-to-talk', () => {
  it('sends what was said between start and end, in order, and nothing else', async () => {
    const { url, brain } = await newTestRelay()
    const { client, arrivals, speak } = await openTestClient(url, { turnTaking: { mode: 'manual' } })
    const call = await brain.call(0)
    speak(microphoneFrame(1))
    client.send({ type: 'activity.start' })
    speak(microphoneFrame(2), microphoneFrame(3))
    client.send({ type: 'activity.end' })
    client.send({ type: 'audio.end' })
    speak(microphoneFrame(4))
    await arrivals.message('audio.ack', ({ seq }) => seq === 4)
    expect(call.received.slice(1).map(kindOf)).toEqual(['activityStart', 'audio', 'audio', 'activityEnd'])
    expect(call.received.filter(isRealtime('audio')).map((frame) => mediaOf(frame, 'audio')[0])).toEqual([2, 3])
  })

  it('is refused where the brain listens by itself', async () => {
    const { url, brain } = await newTestRelay()
    const { client, arrivals } = await openTestClient(url)
    const call = await brain.call(0)
    client.send({ type: 'activity.start' })
    expect(await arrivals.message('error')).toMatchObject({ code: 'not_manual', fatal: false })
    client.send({ type: 'audio.end' })
    await call.waitFor(isRealtime('audioStreamEnd'))
    expect(call.received).toHaveLength(2)
  })

  it('goes on with a new brain where the old one was lost', async () => {
    const { url, brain } = await newTestRelay()
    const { client, arrivals, speak } = await openTestClient(url, { turnTaking: { mode: 'manual' } })
    const first = await brain.call(0)
    client.send({ type: 'activity.start' })
    // Kept sound is kept as telephones do, which tells these two apart exactly.
    speak(microphoneFrame(8))
    await first.waitFor(isRealtime('audio'))
    brain.answerWith({ onSetup: 'silent' })
    first.terminate()
    await arrivals.message('session.state', ({ upstream }) => upstream === 'reconnecting')
    speak(microphoneFrame(16))
    client.send({ type: 'activity.end' })
    const second = await brain.call(1)
    second.send({ setupComplete: {} })
    await second.waitFor(isRealtime('activityEnd'))
    expect(second.received.slice(1).map(kindOf)).toEqual(['activityStart', 'audio', 'audio', 'activityEnd'])
    const sound = second.received.filter(isRealtime('audio')).map((frame) => mediaOf(frame, 'audio')[0])
    expect(sound).toEqual([8, 16])
  })
})

describe('settings that change', () => {
  it('are answered field by field, and reach the next brain', async () => {
    const { url, brain } = await newTestRelay()
    const { client, arrivals } = await openTestClient(url)
    const first = await brain.call(0)
    client.send({
      type: 'session.update',
      setup: { captions: { input: false, output: true }, voice: 'Puck', affective: true },
    })
    expect(await arrivals.message('session.updated')).toMatchObject({
      applied: ['captions'],
      deferred: ['voice'],
      refused: [{ field: 'affective', reason: 'gemini-3.8-live has no such setting.' }],
    })
    first.send(heard('hello'))
    first.send(turnComplete)
    await arrivals.message('turn.complete')
    expect(arrivals.of('transcript.delta')).toEqual([])
    first.close(1011, 'gone')
    const second = await brain.call(1)
    expect(JSON.stringify(second.received[0])).toContain('"voiceName":"Puck"')
  })
})

describe('pictures', () => {
  it('reach the brain as they were, the newest of those that come at once', async () => {
    const { url, brain } = await newTestRelay()
    const { send } = await startBareClient(url)
    const call = await brain.call(0)
    const header = [0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 1, 0xb0, 3, 0, 1, 1, 0x11, 0]
    const pictures = [1, 2, 3, 4].map((value) => Uint8Array.from([...header, ...new Array<number>(20_000).fill(value)]))
    for (const [index, payload] of pictures.entries()) {
      send(encodeMediaFrame({ kind: 'image', seq: index + 1, timeMs: 0, source: 'tab', payload }))
    }
    const [first, second] = await call.waitForCount(isRealtime('video'), 2)
    expect(mediaOf(first!, 'video')).toEqual(Buffer.from(pictures[0]!))
    expect(mediaOf(second!, 'video')).toEqual(Buffer.from(pictures[3]!))
  })
})
