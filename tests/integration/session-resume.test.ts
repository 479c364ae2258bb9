import { describe, expect, it } from 'vitest'
import { untilTrue } from '../support/eventually.ts'
import { attach, converse, drop, finalsOf } from '../support/resuming-client.ts'
import {
  heard,
  isRealtime,
  isToolResponse,
  mediaOf,
  said,
  speech,
  speechPcm,
  toolCall,
  turnComplete,
} from '../support/scripted-live-messages.ts'
import { newTestRelay } from '../support/test-relay.ts'
import { microphoneFrame } from '../support/test-relay-client.ts'

/** The relay has noticed that a line is gone. */
function isDrop({ msg }: Readonly<Record<string, unknown>>): boolean {
  return msg === 'the socket closed'
}

function sound(seq: number, replayed = false) {
  return { kind: 'microphone', seq, timeMs: seq * 32, replayed, payload: microphoneFrame(seq) } as const
}

describe('a client that comes back at once', () => {
  it('finds its conversation as it left it, with a new token and the same brain', async () => {
    const { url, brain } = await newTestRelay()
    const first = await attach(url)
    const call = await brain.call(0)
    await converse(call, first, 'one')
    await drop(first)
    const second = await attach(url, first.resume())
    expect(second.ready).toMatchObject({ sessionId: first.ready.sessionId, resumed: true, seq: 2 })
    expect(second.ready.resumeToken).not.toBe(first.ready.resumeToken)
    expect(second.ready).not.toHaveProperty('history')
    await converse(call, second, 'two')
    expect(finalsOf(second)).toEqual([
      [3, 'question two'],
      [4, 'answer two'],
    ])
    expect(second.arrivals.of('transcript.final').map(({ turn }) => turn)).toEqual([2, 2])
    expect(brain.calls).toHaveLength(1)
  })

  it('is told once what it missed, however often it comes', async () => {
    const { url, brain } = await newTestRelay()
    const first = await attach(url)
    await converse(await brain.call(0), first, 'one')
    await drop(first)
    const second = await attach(url, first.resume({ lastSeq: 0 }))
    await second.arrivals.message('transcript.final', ({ seq }) => seq === 2)
    await drop(second)
    const third = await attach(url, second.resume())
    await third.arrivals.message('session.state', ({ upstream }) => upstream === 'live')
    expect(finalsOf(second)).toEqual([
      [1, 'question one'],
      [2, 'answer one'],
    ])
    expect(finalsOf(third)).toEqual([])
  })

  it('hears an answer that had not begun', async () => {
    const { url, brain, log } = await newTestRelay()
    const first = await attach(url)
    const call = await brain.call(0)
    await first.arrivals.message('session.state', ({ upstream }) => upstream === 'live')
    await drop(first)
    await untilTrue(() => log.some(isDrop))
    call.send(heard('are you there'))
    call.send(speech(speechPcm(40)))
    call.send(said('I am.'))
    call.send(turnComplete)
    const second = await attach(url, first.resume())
    await second.arrivals.message('turn.complete')
    expect(second.arrivals.speech).toHaveLength(1)
    expect(second.arrivals.of('turn.interrupted')).toEqual([])
    expect(finalsOf(second)).toEqual([
      [1, 'are you there'],
      [2, 'I am.'],
    ])
  })

  it('finds an answer that was cut, stored as far as it was heard, and no more of it', async () => {
    const { url, brain, log } = await newTestRelay()
    const first = await attach(url)
    const call = await brain.call(0)
    call.send(heard('tell me'))
    call.send(said('Once upon '))
    call.send(speech(speechPcm(1000)))
    call.send(said('a time.'))
    call.send(speech(speechPcm(1000)))
    await first.arrivals.until(() => (first.arrivals.speech.length === 2 ? true : undefined))
    first.send({ type: 'playback.position', turn: 1, playedMs: 1000 })
    await drop(first)
    await untilTrue(() => log.some(isDrop))
    call.send(speech(speechPcm(1000)))
    call.send(turnComplete)
    const second = await attach(url, first.resume())
    await second.arrivals.message('turn.complete')
    await converse(call, second, 'next')
    expect(second.arrivals.of('turn.interrupted')).toMatchObject([{ turn: 1 }])
    expect(second.arrivals.of('transcript.final')).toMatchObject([
      { seq: 2, turn: 1, text: 'Once upon', interrupted: true },
      { seq: 3, turn: 2 },
      { seq: 4, turn: 2 },
    ])
    expect(second.arrivals.speech).toEqual([])
  })

  it('is asked again for the tool whose answer went astray', async () => {
    const { url, brain } = await newTestRelay()
    const parameters = { type: 'object', properties: {} }
    const setup = {
      browserTools: [
        { name: 'read_page', description: 'Reads', parameters, effect: 'read', timeoutMs: 30_000 } as const,
      ],
    }
    const first = await attach(url, undefined, setup)
    const call = await brain.call(0)
    call.send(toolCall({ id: 'c1', name: 'read_page' }))
    await first.arrivals.message('tool.call')
    await drop(first)
    const second = await attach(url, first.resume(), setup)
    expect(await second.arrivals.message('tool.call')).toMatchObject({ callId: 'c1', name: 'read_page' })
    second.send({ type: 'tool.result', callId: 'c1', output: { text: 'hello' } })
    await call.waitFor(isToolResponse)
    expect(second.arrivals.of('session.updated')).toEqual([])
  })
})

describe('the microphone over a drop', () => {
  it('goes on where the brain is, and what it has it does not hear twice', async () => {
    const { url, brain } = await newTestRelay()
    const first = await attach(url)
    const call = await brain.call(0)
    await first.arrivals.message('session.state', ({ upstream }) => upstream === 'live')
    for (const seq of [1, 2, 3]) first.send(sound(seq))
    await call.waitForCount(isRealtime('audio'), 3)
    await drop(first)
    const second = await attach(url, first.resume())
    expect(second.ready.audioSeq).toBe(3)
    for (const seq of [2, 3, 4, 5]) second.send(sound(seq, true))
    await call.waitForCount(isRealtime('audio'), 5)
    expect(call.received.filter(isRealtime('audio')).map((frame) => mediaOf(frame, 'audio')[0])).toEqual([
      1, 2, 3, 4, 5,
    ])
    expect(second.arrivals.of('error')).toEqual([])
  })

  it('declares what the client could not keep', async () => {
    const { url, brain } = await newTestRelay()
    const first = await attach(url)
    const call = await brain.call(0)
    first.send(sound(1))
    await call.waitFor(isRealtime('audio'))
    await drop(first)
    const second = await attach(url, first.resume())
    second.send(sound(12, true))
    const error = await second.arrivals.message('error')
    expect(error).toMatchObject({ code: 'audio_lost', message: '320 ms of the microphone were lost.', fatal: false })
  })

  it('is counted anew in another epoch', async () => {
    const { url, brain } = await newTestRelay()
    const first = await attach(url)
    const call = await brain.call(0)
    first.send(sound(7))
    await call.waitFor(isRealtime('audio'))
    await drop(first)
    const second = await attach(url, first.resume({ epoch: 1 }))
    expect(second.ready).toMatchObject({ resumed: true })
    expect(second.ready).not.toHaveProperty('audioSeq')
    second.send(sound(1))
    await call.waitForCount(isRealtime('audio'), 2)
    expect(second.arrivals.of('error')).toEqual([])
  })
})

describe('a resume token', () => {
  it('works until its successor was used', async () => {
    const { url } = await newTestRelay()
    const first = await attach(url)
    await drop(first)
    const lost = await attach(url, first.resume())
    // The client never heard of its new token.
    await drop(lost)
    const second = await attach(url, first.resume())
    expect(second.ready).toMatchObject({ sessionId: first.ready.sessionId, resumed: true })
    second.send({ type: 'ping', t: 1 })
    await second.arrivals.message('pong')
    await drop(second)
    for (const resume of [first.resume(), lost.resume()]) {
      const stranger = await attach(url, resume)
      expect(stranger.ready).toMatchObject({ resumed: false, seq: 0 })
      expect(stranger.ready.sessionId).not.toBe(first.ready.sessionId)
      stranger.send({ type: 'session.end' })
      await stranger.closed
    }
    expect((await attach(url, second.resume())).ready.sessionId).toBe(first.ready.sessionId)
  })

  it('is worth nothing once the conversation was ended', async () => {
    const { url } = await newTestRelay()
    const first = await attach(url)
    first.send({ type: 'session.end' })
    await first.closed
    const second = await attach(url, first.resume())
    expect(second.ready).toMatchObject({ resumed: false })
    expect(second.ready.sessionId).not.toBe(first.ready.sessionId)
  })
})

describe('a client that comes back while its old line is open', () => {
  it('gets the conversation; the old line closes with 4509', async () => {
    const { url, brain } = await newTestRelay()
    const first = await attach(url)
    const call = await brain.call(0)
    const second = await attach(url, first.resume())
    expect(await first.closed).toMatchObject({ code: 4509 })
    expect(first.arrivals.of('error')).toMatchObject([{ code: 'superseded', fatal: true }])
    await converse(call, second, 'two')
    expect(brain.calls).toHaveLength(1)
  })
})

describe('a client that stayed away', () => {
  const times = { lingerMs: 1 }

  it('too long for a replay gets the same conversation and its history', async () => {
    const { url, brain } = await newTestRelay({ deps: { times } })
    const first = await attach(url)
    const call = await brain.call(0)
    await converse(call, first, 'one')
    await drop(first)
    await call.closed
    const second = await attach(url, first.resume())
    expect(second.ready).toMatchObject({
      sessionId: first.ready.sessionId,
      resumed: false,
      seq: 2,
      history: [
        { seq: 1, turn: 1, role: 'user', text: 'question one' },
        { seq: 2, turn: 1, role: 'assistant', text: 'answer one' },
      ],
    })
    const next = await brain.call(1)
    expect(JSON.stringify(next.received[0])).toContain('question one')
    await converse(next, second, 'two')
    expect(second.arrivals.of('transcript.final').map(({ seq, turn }) => [seq, turn])).toEqual([
      [3, 2],
      [4, 2],
    ])
  })

  it('beyond the idle limit gets another conversation', async () => {
    const { url, brain } = await newTestRelay({ deps: { times: { ...times, idleMs: 1 } } })
    const first = await attach(url)
    await drop(first)
    await (
      await brain.call(0)
    ).closed
    const second = await attach(url, first.resume())
    expect(second.ready).toMatchObject({ resumed: false, seq: 0 })
    expect(second.ready.sessionId).not.toBe(first.ready.sessionId)
    expect(second.ready).not.toHaveProperty('history')
  })
})

describe('a conversation that is not to be kept', () => {
  it('resumes here, and is in no store', async () => {
    const { url, brain } = await newTestRelay()
    const first = await attach(url, undefined, { temporary: true })
    await converse(await brain.call(0), first, 'secret')
    await drop(first)
    const second = await attach(url, first.resume({ lastSeq: 0 }), { temporary: true })
    expect(second.ready).toMatchObject({ sessionId: first.ready.sessionId, resumed: true, seq: 2 })
    await second.arrivals.message('transcript.final', ({ seq }) => seq === 2)
    second.send({ type: 'session.end' })
    await second.closed
    const third = await attach(url, second.resume(), { temporary: true })
    expect(third.ready).toMatchObject({ resumed: false, seq: 0 })
  })

  it('is another one than a conversation that was to be kept', async () => {
    const { url, brain } = await newTestRelay()
    const first = await attach(url)
    await converse(await brain.call(0), first, 'kept')
    await drop(first)
    const second = await attach(url, first.resume(), { temporary: true })
    expect(second.ready).toMatchObject({ resumed: false, seq: 0 })
    expect(second.ready.sessionId).not.toBe(first.ready.sessionId)
  })
})
