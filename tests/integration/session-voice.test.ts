import { describe, expect, it } from 'vitest'
import { encodeMediaFrame, type MicrophoneFrame, type SpeechFrame } from '../../shared/protocol/media-frame.ts'
import {
  audioPart,
  generationComplete,
  heard,
  isRealtime,
  mediaOf,
  said,
  speech,
  speechPcm,
  turnComplete,
} from '../support/scripted-live-messages.ts'
import { untilTrue } from '../support/eventually.ts'
import { attach, converse, drop } from '../support/resuming-client.ts'
import { newTestRelay } from '../support/test-relay.ts'
import { microphoneFrame, openTestClient, startBareClient } from '../support/test-relay-client.ts'

const loud = () =>
  Uint8Array.from({ length: 1024 }, (_, index) => (index % 2 === 0 ? 0 : index % 4 === 1 ? 0x20 : 0xe0))

/** The head of a JPEG of 40 × 20 pixels. */
const PICTURE = Buffer.from('/9j/4AAQSkZJRgABAQAAAQABAAD/wAARCAAUACgDASIAAhEBAxEB/9k=', 'base64')

function microphone(seq: number): MicrophoneFrame {
  return { kind: 'microphone', seq, timeMs: seq * 32, replayed: false, payload: microphoneFrame(seq) }
}

function bytesOf(frames: readonly SpeechFrame[]): Buffer {
  return Buffer.concat(frames.map(({ payload }) => payload))
}

describe('a spoken turn', () => {
  it('carries the voice up and the answer down, byte for byte, with its words', async () => {
    const { url, brain } = await newTestRelay()
    const { arrivals, speak } = await openTestClient(url)
    const call = await brain.call(0)
    await arrivals.message('session.state', ({ upstream }) => upstream === 'live')

    const voice = [1, 2, 3, 4, 5].map((value) => microphoneFrame(value))
    speak(...voice)
    const sent = await call.waitForCount(isRealtime('audio'), voice.length)
    expect(sent.map((frame) => mediaOf(frame, 'audio'))).toEqual(voice.map((frame) => Buffer.from(frame)))

    const answer = [speechPcm(200, 1), speechPcm(100, 2)]
    call.send(heard('what time '))
    call.send(heard('is it'))
    call.send(speech(answer[0]!))
    call.send(said('It is '))
    call.send(speech(answer[1]!))
    call.send(said('ten.'))
    call.send(generationComplete)
    call.send({ ...turnComplete, usageMetadata: { promptTokenCount: 3, responseTokenCount: 4, totalTokenCount: 7 } })
    const complete = await arrivals.message('turn.complete')

    expect(complete).toMatchObject({ turn: 1, usage: { promptTokens: 3, responseTokens: 4, totalTokens: 7 } })
    expect(bytesOf(arrivals.speech)).toEqual(Buffer.concat(answer))
    expect(arrivals.speech.map(({ turn, seq, timeMs }) => ({ turn, seq, timeMs }))).toEqual([
      { turn: 1, seq: 1, timeMs: 0 },
      { turn: 1, seq: 2, timeMs: 200 },
    ])
    expect(arrivals.of('transcript.delta').map(({ role, text, audioMs }) => [role, text, audioMs])).toEqual([
      ['user', 'what time ', undefined],
      ['user', 'is it', undefined],
      ['assistant', 'It is ', 200],
      ['assistant', 'ten.', 300],
    ])
    expect(arrivals.of('transcript.final')).toMatchObject([
      { seq: 1, turn: 1, role: 'user', text: 'what time is it' },
      { seq: 2, turn: 1, role: 'assistant', text: 'It is ten.' },
    ])
    const order = arrivals.messages.map(({ type }) => type).filter((type) => /^turn|final$/.test(type))
    expect(order).toEqual(['turn.start', 'transcript.final', 'transcript.final', 'turn.complete'])
  })

  it('is whole when the brain says everything in one message', async () => {
    const { url, brain } = await newTestRelay()
    const { arrivals } = await openTestClient(url)
    const pcm = speechPcm(60)
    ;(await brain.call(0)).send({
      serverContent: {
        inputTranscription: { text: 'hello', finished: true },
        outputTranscription: { text: 'Hi there.' },
        modelTurn: { parts: [audioPart(pcm), audioPart(pcm)] },
        generationComplete: true,
        turnComplete: true,
      },
      usageMetadata: { totalTokenCount: 9 },
    })
    expect(await arrivals.message('turn.complete')).toMatchObject({ turn: 1, usage: { totalTokens: 9 } })
    expect(bytesOf(arrivals.speech)).toEqual(Buffer.concat([pcm, pcm]))
    expect(arrivals.of('transcript.final').map(({ role, text }) => [role, text])).toEqual([
      ['user', 'hello'],
      ['assistant', 'Hi there.'],
    ])
  })

  it('counts turns, and speech frames over turns', async () => {
    const { url, brain } = await newTestRelay()
    const { arrivals } = await openTestClient(url)
    const call = await brain.call(0)
    for (let turn = 1; turn <= 3; turn++) {
      call.send(speech(speechPcm(20)))
      call.send(turnComplete)
      await arrivals.message('turn.complete', (message) => message.turn === turn)
    }
    expect(arrivals.speech.map(({ turn, seq, timeMs }) => [turn, seq, timeMs])).toEqual([
      [1, 1, 0],
      [2, 2, 0],
      [3, 3, 0],
    ])
  })

  it('has its times from the end of speech on', async () => {
    const { url, brain } = await newTestRelay()
    const { arrivals, speak } = await openTestClient(url)
    const call = await brain.call(0)
    speak(loud(), loud(), loud(), microphoneFrame())
    await call.waitForCount(isRealtime('audio'), 4)
    call.send(heard('hello'))
    call.send(speech(speechPcm(20)))
    call.send(turnComplete)
    const { timings } = await arrivals.message('turn.complete')
    expect(timings.speechEnd).toBe(0)
    expect(timings.inputFinal).toBeGreaterThanOrEqual(0)
    expect(timings.firstAudioUpstream).toBeGreaterThanOrEqual(timings.inputFinal!)
    expect(timings.firstAudioSent).toBeGreaterThanOrEqual(timings.firstAudioUpstream!)
  })

  it('has no times when nobody spoke', async () => {
    const { url, brain } = await newTestRelay()
    const { arrivals } = await openTestClient(url)
    const call = await brain.call(0)
    call.send(speech(speechPcm(20)))
    call.send(turnComplete)
    expect((await arrivals.message('turn.complete')).timings).toEqual({})
  })

  it('shows no captions that are not wanted, and still keeps the words', async () => {
    const { url, brain } = await newTestRelay()
    const { arrivals } = await openTestClient(url, { captions: { input: false, output: false } })
    const call = await brain.call(0)
    call.send(heard('hello'))
    call.send(said('Hi.'))
    call.send(turnComplete)
    await arrivals.message('turn.complete')
    expect(arrivals.of('transcript.delta')).toEqual([])
    expect(arrivals.of('transcript.final').map(({ text }) => text)).toEqual(['hello', 'Hi.'])
  })
})

describe('microphone frames', () => {
  it('are acknowledged up to the newest that the brain was handed', async () => {
    const { url, brain } = await newTestRelay()
    const { client, arrivals, speak } = await openTestClient(url)
    speak(...Array.from({ length: 20 }, (_, index) => microphoneFrame(index)))
    await (await brain.call(0)).waitForCount(isRealtime('audio'), 20)
    await arrivals.message('audio.ack', ({ seq }) => seq === 20)
    // What was acknowledged is not sent again on another socket.
    expect(client.state.name).toBe('open')
    expect(arrivals.of('audio.ack').every(({ seq }) => seq >= 1 && seq <= 20)).toBe(true)
  })

  it('are not acknowledged while no brain has them', async () => {
    const { url, brain } = await newTestRelay({ brain: { onSetup: 'silent' } })
    const { client, arrivals, speak } = await openTestClient(url)
    const call = await brain.call(0)
    speak(microphoneFrame(1), microphoneFrame(2))
    for (let index = 0; index < 5; index++) {
      client.send({ type: 'context.update', sensors: { mic: true, tab: false, camera: false, screen: false } })
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(arrivals.of('audio.ack')).toEqual([])
    call.send({ setupComplete: {} })
    await arrivals.message('audio.ack', ({ seq }) => seq === 2)
    expect(call.received.filter(isRealtime('audio'))).toHaveLength(2)
  })

  it('reach the brain once, whatever is sent twice', async () => {
    const { url, brain } = await newTestRelay()
    const { send, arrivals } = await startBareClient(url)
    const call = await brain.call(0)
    const frame = (seq: number) =>
      encodeMediaFrame({ kind: 'microphone', seq, timeMs: 0, replayed: false, payload: microphoneFrame(seq & 0xff) })
    for (const seq of [0xffff_fffe, 0xffff_ffff, 0xffff_fffe, 0xffff_ffff, 0, 1, 0xffff_ffff, 1, 2]) send(frame(seq))
    await arrivals.message('audio.ack', ({ seq }) => seq === 2)
    expect(call.received.filter(isRealtime('audio')).map((sent) => mediaOf(sent, 'audio')[0])).toEqual([
      0xfe, 0xff, 0, 1, 2,
    ])
  })

  it('and pictures are counted for each socket, and the end of a turn says what came', async () => {
    const { url, brain, log } = await newTestRelay()
    const first = await attach(url)
    const call = await brain.call(0)
    first.send(microphone(4))
    first.send(microphone(5))
    first.send(microphone(5))
    first.send({ kind: 'image', seq: 9, timeMs: 0, source: 'tab', payload: PICTURE })
    await call.waitForCount(isRealtime('audio'), 2)
    await call.waitFor(isRealtime('video'))
    await converse(call, first, 'one')
    const [told] = first.arrivals.of('turn.complete')
    expect(told!.received).toEqual({ audioFrames: 3, audioSeq: 5, images: 1, imageSeq: 9 })

    await drop(first)
    await untilTrue(() => log.some(({ msg }) => msg === 'the socket closed'))
    const second = await attach(url, first.resume({ lastSeq: 0 }))
    // Told again, but not of another socket.
    expect((await second.arrivals.message('turn.complete')).received).toBeUndefined()
    await converse(call, second, 'two')
    second.send(microphone(6))
    await call.waitForCount(isRealtime('audio'), 3)
    await converse(call, second, 'three')
    expect(second.arrivals.of('turn.complete').map(({ received }) => received)).toEqual([
      undefined,
      { audioFrames: 0, images: 0 },
      { audioFrames: 1, audioSeq: 6, images: 0 },
    ])
  })

  it('and the pause after them arrive in order', async () => {
    const { url, brain } = await newTestRelay()
    const { client, speak } = await openTestClient(url)
    const call = await brain.call(0)
    speak(microphoneFrame(1))
    client.send({ type: 'audio.end' })
    speak(microphoneFrame(2))
    await call.waitForCount(isRealtime('audio'), 2)
    const kinds = call.received.slice(1).map((frame) => Object.keys(frame['realtimeInput'] as object)[0])
    expect(kinds).toEqual(['audio', 'audioStreamEnd', 'audio'])
  })
})
