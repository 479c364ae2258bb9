import { describe, expect, it } from 'vitest'
import { type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import {
  generationComplete,
  heard,
  interrupted,
  isRealtime,
  said,
  speech,
  speechPcm,
  turnComplete,
} from '../support/scripted-live-messages.ts'
import { type ScriptedCall } from '../support/scripted-live.ts'
import { newTestRelay } from '../support/test-relay.ts'
import { type Arrivals, openTestClient, startBareClient } from '../support/test-relay-client.ts'

/** A story of 4 s, one word a second. */
function tellStory(call: ScriptedCall): void {
  call.send(heard('tell me a story'))
  for (const [index, word] of ['Once', ' upon', ' a', ' time.'].entries()) {
    call.send(said(word))
    call.send(speech(speechPcm(1000, index)))
  }
}

function storyArrived(arrivals: Arrivals): Promise<true> {
  return arrivals.until(() => (arrivals.speech.length === 4 ? true : undefined))
}

function isFinalOf(role: 'user' | 'assistant', turn: number) {
  return (message: ServerMessageOf<'transcript.final'>) => message.role === role && message.turn === turn
}

describe('barge-in', () => {
  it('is told before anything else, and nothing of the cut answer follows', async () => {
    const { url, brain } = await newTestRelay()
    const { send, arrivals } = await startBareClient(url)
    const call = await brain.call(0)
    tellStory(call)
    await storyArrived(arrivals)
    call.send(interrupted)
    // Late pieces of the cut answer, as they happen in the field.
    call.send(speech(speechPcm(100)))
    call.send(said(' And then'))
    call.send({ ...turnComplete, usageMetadata: { totalTokenCount: 5 } })
    call.send(heard('stop'))
    call.send(said('All right.'))
    call.send(speech(speechPcm(50, 9)))
    call.send(turnComplete)
    await arrivals.message('turn.interrupted')
    send({ type: 'playback.position', turn: 1, playedMs: 2800 })
    await arrivals.message('turn.complete', ({ turn }) => turn === 2)

    const cutAt = arrivals.indexOf((arrival) => 'message' in arrival && arrival.message.type === 'turn.interrupted')
    const after = arrivals.all.slice(cutAt)
    expect(after.filter((arrival) => 'speech' in arrival && arrival.speech.turn === 1)).toEqual([])
    expect(arrivals.speech.filter(({ turn }) => turn === 2)).toHaveLength(1)
    expect(arrivals.messages.some((message) => 'text' in message && message.text.includes('And then'))).toBe(false)
    // Told before anything of the cut answer is stored.
    const stored = arrivals.indexOf(
      (arrival) =>
        'message' in arrival &&
        arrival.message.type === 'transcript.final' &&
        isFinalOf('assistant', 1)(arrival.message),
    )
    expect(stored).toBeGreaterThan(cutAt)
    expect(arrivals.of('turn.complete').map(({ turn, usage }) => [turn, usage?.totalTokens])).toEqual([
      [1, 5],
      [2, undefined],
    ])
  })

  it('keeps the words that were heard, in order with what follows', async () => {
    const { url, brain } = await newTestRelay()
    const { send, arrivals } = await startBareClient(url)
    const call = await brain.call(0)
    tellStory(call)
    await storyArrived(arrivals)
    call.send(interrupted)
    call.send(turnComplete)
    await arrivals.message('turn.interrupted')
    send({ type: 'playback.position', turn: 1, playedMs: 2800 })
    call.send(heard('stop'))
    call.send(turnComplete)
    await arrivals.message('turn.complete', ({ turn }) => turn === 2)
    expect(arrivals.of('transcript.final').map((final) => [final.seq, final.turn, final.role, final.text])).toEqual([
      [1, 1, 'user', 'tell me a story'],
      [2, 1, 'assistant', 'Once upon a'],
      [3, 2, 'user', 'stop'],
    ])
    expect(arrivals.of('transcript.final').map(({ interrupted: cut }) => cut)).toEqual([undefined, true, undefined])
  })

  it('takes the newest position when the client does not answer in time', async () => {
    const { url, brain } = await newTestRelay()
    const { send, arrivals } = await startBareClient(url)
    const call = await brain.call(0)
    tellStory(call)
    await storyArrived(arrivals)
    send({ type: 'playback.position', turn: 1, playedMs: 1700 })
    send({ type: 'ping', t: 1 })
    await arrivals.message('pong')
    call.send(interrupted)
    expect(await arrivals.message('transcript.final', isFinalOf('assistant', 1))).toMatchObject({
      text: 'Once upon',
      interrupted: true,
    })
  })

  it('after the last word has cut nothing', async () => {
    const { url, brain } = await newTestRelay()
    const { send, arrivals } = await startBareClient(url)
    const call = await brain.call(0)
    tellStory(call)
    call.send(generationComplete)
    await storyArrived(arrivals)
    call.send(interrupted)
    await arrivals.message('turn.interrupted')
    send({ type: 'playback.position', turn: 1, playedMs: 4000 })
    const final = await arrivals.message('transcript.final', isFinalOf('assistant', 1))
    expect(final.text).toBe('Once upon a time.')
    expect(final).not.toHaveProperty('interrupted')
  })

  it('of which nothing was heard leaves an empty answer', async () => {
    const { url, brain } = await newTestRelay()
    const { send, arrivals } = await startBareClient(url)
    const call = await brain.call(0)
    tellStory(call)
    await storyArrived(arrivals)
    call.send(interrupted)
    await arrivals.message('turn.interrupted')
    send({ type: 'playback.position', turn: 1, playedMs: 0 })
    expect(await arrivals.message('transcript.final', isFinalOf('assistant', 1))).toMatchObject({ text: '' })
  })

  it('whose end the brain forgets costs no later answer', async () => {
    const patience = { cutAnswerMs: 100, toolAnswerMs: 100, answerMs: 60_000, answerEndMs: 60_000 }
    const { url, brain, log } = await newTestRelay({ deps: { times: { patience } } })
    const { arrivals } = await startBareClient(url)
    const call = await brain.call(0)
    tellStory(call)
    await storyArrived(arrivals)
    call.send(interrupted)
    await arrivals.message('turn.complete', ({ turn }) => turn === 1)
    // No turnComplete: the relay waits for it, and then no longer.
    while (!log.some(({ waitsFor }) => waitsFor === 'end of a cut answer')) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    call.send(heard('hello'))
    call.send(speech(speechPcm(40)))
    call.send(turnComplete)
    await arrivals.message('turn.complete', ({ turn }) => turn === 2)
    expect(arrivals.speech.filter(({ turn }) => turn === 2)).toHaveLength(1)
  })
})

describe('the stop button', () => {
  it('silences at once, asks the brain to stop, and keeps what was heard', async () => {
    const { url, brain } = await newTestRelay()
    const { client, arrivals } = await openTestClient(url)
    const call = await brain.call(0)
    tellStory(call)
    await storyArrived(arrivals)
    client.send({ type: 'turn.interrupt', turn: 1, playedMs: 1700 })
    await arrivals.message('turn.interrupted', ({ turn }) => turn === 1)
    await call.waitFor((frame) => 'clientContent' in frame)
    expect(call.received.at(-1)).toEqual({ clientContent: { turnComplete: false } })
    call.send(speech(speechPcm(100)))
    call.send(interrupted)
    call.send(turnComplete)
    expect(await arrivals.message('transcript.final', isFinalOf('assistant', 1))).toMatchObject({
      text: 'Once upon',
      interrupted: true,
    })
    call.send(speech(speechPcm(30)))
    call.send(turnComplete)
    await arrivals.message('turn.complete', ({ turn }) => turn === 2)
    expect(arrivals.speech.map(({ turn }) => turn)).toEqual([1, 1, 1, 1, 2])
    expect(arrivals.of('turn.interrupted')).toHaveLength(1)
  })

  it('after the answer was complete is agreed to, and changes no word of it', async () => {
    const { url, brain } = await newTestRelay()
    const { client, arrivals } = await openTestClient(url)
    const call = await brain.call(0)
    tellStory(call)
    call.send(turnComplete)
    await arrivals.message('turn.complete')
    client.send({ type: 'turn.interrupt', turn: 1, playedMs: 100 })
    client.send({ type: 'turn.interrupt', turn: 9, playedMs: 100 })
    await arrivals.message('turn.interrupted')
    client.send({ type: 'text.send', id: 't', text: 'go on' })
    await call.waitFor(isRealtime('text'))
    expect(arrivals.of('turn.interrupted').map(({ turn }) => turn)).toEqual([1])
    expect(arrivals.of('transcript.final')[1]).toMatchObject({ text: 'Once upon a time.' })
    expect(call.received.some((frame) => 'clientContent' in frame)).toBe(false)
  })

  it('drops what still waits for a slow line', async () => {
    const { url, brain } = await newTestRelay()
    const { send, socket, arrivals } = await startBareClient(url)
    const call = await brain.call(0)
    await arrivals.message('session.state', ({ upstream }) => upstream === 'live')
    socket.pause()
    // Until the relay has filled the line, its own queue, and has stopped reading from the brain.
    const piece = speech(speechPcm(400))
    while (call.bufferedBytes < 2_000_000) {
      call.send(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    send({ type: 'turn.interrupt', turn: 1, playedMs: 0 })
    await call.waitFor((frame) => 'clientContent' in frame)
    call.send(interrupted)
    call.send(turnComplete)
    call.send(speech(speechPcm(20)))
    socket.resume()
    await arrivals.until(() => (arrivals.speech.some(({ turn }) => turn === 2) ? true : undefined))

    const lastOfFirst = arrivals.speech.findLast(({ turn }) => turn === 1)!
    const firstOfSecond = arrivals.speech.find(({ turn }) => turn === 2)!
    const droppedBytes = (firstOfSecond.seq - lastOfFirst.seq - 1) * speechPcm(400).byteLength
    expect(droppedBytes).toBeGreaterThan(300_000)
    const cutAt = arrivals.indexOf((arrival) => 'message' in arrival && arrival.message.type === 'turn.interrupted')
    expect(arrivals.all.slice(cutAt).some((arrival) => 'speech' in arrival && arrival.speech.turn === 1)).toBe(false)
  })
})
