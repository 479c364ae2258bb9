import { describe, expect, it } from 'vitest'
import { RESUMING_TIMES } from '../../relay/live/resuming-live.ts'
import { sessionTimes, type SessionTimes } from '../../relay/session/session-times.ts'
import { type ScriptedCall } from '../support/scripted-live.ts'
import {
  goAway,
  heard,
  isRealtime,
  mediaOf,
  notResumable,
  resumable,
  said,
  setupOf,
  speech,
  speechPcm,
  turnComplete,
} from '../support/scripted-live-messages.ts'
import { newTestRelay } from '../support/test-relay.ts'
import { type Arrivals, microphoneFrame, openTestClient } from '../support/test-relay-client.ts'

const usual = sessionTimes(60_000)

interface Waits {
  readonly brain?: Partial<SessionTimes['brain']>
  readonly patience?: Partial<SessionTimes['patience']>
}

/** A relay whose waits are the usual ones but for these. */
function relayWith({ brain = {}, patience = {} }: Waits) {
  const times = {
    brain: { ...RESUMING_TIMES, pauseCheckMs: 10, ...brain },
    patience: { ...usual.patience, ...patience },
  }
  return newTestRelay({ deps: { times } })
}

function states(arrivals: Arrivals) {
  return arrivals.of('session.state').map(({ upstream, code }) => (code === undefined ? upstream : [upstream, code]))
}

function liveTimes(arrivals: Arrivals, times: number): Promise<true> {
  return arrivals.until(() =>
    arrivals.of('session.state').filter(({ upstream }) => upstream === 'live').length >= times ? true : undefined,
  )
}

async function tell(call: ScriptedCall, arrivals: Arrivals, question: string, answer: string): Promise<void> {
  const turns = arrivals.of('turn.complete').length
  call.send(heard(question))
  call.send(said(answer))
  call.send(turnComplete)
  await arrivals.until(() => (arrivals.of('turn.complete').length > turns ? true : undefined))
}

function handleOf(call: ScriptedCall): string | undefined {
  return setupOf(call).sessionResumption?.handle
}

function instructionOf(call: ScriptedCall): string {
  return setupOf(call).systemInstruction.parts[0]!.text
}

describe('a dropped line', () => {
  it('goes on with the newest handle, and tells the brain nothing it knows', async () => {
    const { url, brain } = await newTestRelay()
    const { arrivals } = await openTestClient(url)
    const first = await brain.call(0)
    first.send(resumable('h1'))
    first.send(resumable('h2'))
    first.send(notResumable)
    first.send({ sessionResumptionUpdate: {} })
    await tell(first, arrivals, 'My name is Ada.', 'Hello Ada.')
    first.terminate()
    const second = await brain.call(1)
    await liveTimes(arrivals, 2)
    expect(handleOf(first)).toBeUndefined()
    expect(handleOf(second)).toBe('h2')
    expect(instructionOf(second)).not.toContain('Ada')
    expect(states(arrivals)).toEqual(['connecting', 'live', ['reconnecting', 1006], 'live'])
  })

  it.each([
    ['is dead', 1008, 'BidiGenerateContent session not found', 3],
    ['is refused without a word of it', 1007, 'Request contains an invalid argument.', 3],
    ['does not help against a failing service', 1011, 'Internal error encountered.', 3],
  ])('starts anew, with what was said, when the handle %s', async (_what, code, reason, calls) => {
    const { url, brain } = await newTestRelay()
    const { arrivals } = await openTestClient(url)
    const first = await brain.call(0)
    first.send(resumable('h1'))
    await tell(first, arrivals, 'My name is Ada.', 'Hello Ada.')
    brain.answerWith({
      onSetup: (call) => {
        if (handleOf(call) === undefined) call.send({ setupComplete: {} })
        else call.close(code, reason)
      },
    })
    first.terminate()
    const last = await brain.call(calls - 1)
    await liveTimes(arrivals, 2)
    expect(brain.calls.map(handleOf)).toEqual([undefined, 'h1', undefined])
    expect(instructionOf(last)).toContain('User: My name is Ada.\nYou: Hello Ada.')
  })
})

describe('goAway', () => {
  it('is followed at a pause, one connection after the other, and the user notices nothing', async () => {
    const { url, brain } = await relayWith({})
    const { arrivals } = await openTestClient(url)
    const first = await brain.call(0)
    first.send(resumable('h1'))
    await tell(first, arrivals, 'hello', 'Hi.')
    let isFirstGone = false
    const gone = first.closed.then((code) => {
      isFirstGone = true
      return code
    })
    brain.answerWith({
      onSetup: (call) => call.send(isFirstGone ? { setupComplete: {} } : { goAway: {} }),
    })
    first.send(goAway('50s'))
    const second = await brain.call(1)
    expect(await gone).toBe(1000)
    expect(handleOf(second)).toBe('h1')
    await tell(second, arrivals, 'still there?', 'Yes.')
    expect(states(arrivals)).toEqual(['connecting', 'live'])
    expect(arrivals.of('error')).toEqual([])
  })

  it.each([['1s'], ['0s'], [undefined]])('with %s left cuts an answer in time, and says so', async (timeLeft) => {
    const { url, brain } = await relayWith({ brain: { goAwayMarginMs: 900, goAwayUnknownMs: 1000 } })
    const { arrivals } = await openTestClient(url)
    const first = await brain.call(0)
    first.send(resumable('h1'))
    first.send(heard('tell me a story'))
    first.send(said('Once upon'))
    first.send(speech(speechPcm(100)))
    await arrivals.message('turn.start')
    // From here on the brain says nothing any more.
    first.send(goAway(timeLeft))
    expect(await arrivals.message('error')).toMatchObject({ code: 'answer_lost' })
    const second = await brain.call(1)
    expect(handleOf(second)).toBe('h1')
    await arrivals.message('turn.complete')
    expect(arrivals.of('transcript.final')).toMatchObject([
      { text: 'tell me a story' },
      { text: 'Once upon', interrupted: true },
    ])
    expect(states(arrivals)).toEqual(['connecting', 'live'])
  })

  it('that takes long is no secret', async () => {
    const { url, brain } = await relayWith({ brain: { quietMoveMs: 50 } })
    const { arrivals } = await openTestClient(url)
    const first = await brain.call(0)
    brain.answerWith({ onSetup: 'silent' })
    first.send(goAway('50s'))
    const second = await brain.call(1)
    await arrivals.message('session.state', ({ upstream }) => upstream === 'reconnecting')
    second.send({ setupComplete: {} })
    await liveTimes(arrivals, 2)
    expect(states(arrivals)).toEqual(['connecting', 'live', 'reconnecting', 'live'])
  })

  it('is not needed: an old connection is replaced where the next can go on', async () => {
    const { url, brain } = await relayWith({ brain: { connectionAgeMs: 150 } })
    const { arrivals } = await openTestClient(url)
    const first = await brain.call(0)
    first.send(resumable('h1'))
    const second = await brain.call(1)
    expect(await first.closed).toBe(1000)
    expect(handleOf(second)).toBe('h1')
    await tell(second, arrivals, 'hello', 'Hi.')
    expect(states(arrivals)).toEqual(['connecting', 'live'])
  })
})

describe('what the lost brain did not answer', () => {
  const quiet = Array.from({ length: 20 }, () => microphoneFrame(1))
  /** Louder and louder, at levels that µ-law keeps exactly. */
  const voice = Array.from({ length: 20 }, (_, index) => microphoneFrame(8_316 + 512 * Math.floor(index / 2)))
  const firstSampleOf = (frame: Readonly<Record<string, unknown>>) => mediaOf(frame, 'audio').readInt16LE(0)

  it('is heard by the next one from its start, in one turn', async () => {
    const { url, brain } = await newTestRelay()
    const { arrivals, speak } = await openTestClient(url)
    const first = await brain.call(0)
    await liveTimes(arrivals, 1)
    speak(...quiet, ...voice)
    await first.waitForCount(isRealtime('audio'), 40)
    first.send(heard('what is'))
    await arrivals.message('transcript.delta')
    brain.answerWith({ onSetup: 'silent' })
    first.terminate()
    await arrivals.message('session.state', ({ upstream }) => upstream === 'reconnecting')
    speak(microphoneFrame(9_100))
    const second = await brain.call(1)
    second.send({ setupComplete: {} })
    const samples = () => second.received.filter(isRealtime('audio')).map(firstSampleOf)
    await second.waitFor((frame) => isRealtime('audio')(frame) && firstSampleOf(frame) === 9_100)
    // Frames were joined into longer pieces; what follows the silence is the speech from its first frame on.
    const sound = Buffer.concat(second.received.filter(isRealtime('audio')).map((frame) => mediaOf(frame, 'audio')))
    const spoken = sound.subarray(sound.indexOf(Buffer.from(voice[0]!)))
    expect(spoken).toEqual(Buffer.concat([...voice, microphoneFrame(9_100)]))
    // The silence before it comes along as it was heard.
    expect(samples()[0]).toBe(1)
    second.send(heard('what is the time'))
    second.send(said('Noon.'))
    second.send(turnComplete)
    await arrivals.message('turn.complete')
    expect(arrivals.of('turn.start')).toHaveLength(1)
    expect(arrivals.of('error')).toEqual([])
    expect(arrivals.of('transcript.final').map(({ text }) => text)).toEqual(['what is the time', 'Noon.'])
    expect(
      arrivals
        .of('transcript.delta')
        .filter(({ role }) => role === 'user')
        .map(({ text }) => text)
        .join(''),
    ).toBe('what is the time')
  })

  it('is told in words where it was understood as a whole, and no sound of it', async () => {
    const { url, brain } = await newTestRelay()
    const { arrivals, speak } = await openTestClient(url)
    const first = await brain.call(0)
    await liveTimes(arrivals, 1)
    speak(...quiet, ...voice)
    await first.waitForCount(isRealtime('audio'), 40)
    first.send({ serverContent: { inputTranscription: { text: 'what is the time', finished: true } } })
    await arrivals.message('transcript.delta')
    first.terminate()
    const second = await brain.call(1)
    await second.waitFor(isRealtime('text'))
    expect(second.received.slice(1)).toEqual([{ realtimeInput: { text: 'what is the time' } }])
    second.send(said('Noon.'))
    second.send(turnComplete)
    await arrivals.message('turn.complete')
    expect(arrivals.of('transcript.final').map(({ text }) => text)).toEqual(['what is the time', 'Noon.'])
  })

  it('and was typed is asked once more, and is one turn', async () => {
    const { url, brain } = await newTestRelay()
    const { client, arrivals } = await openTestClient(url)
    const first = await brain.call(0)
    client.send({ type: 'text.send', id: 't1', text: 'what time is it' })
    await first.waitFor(isRealtime('text'))
    first.close(1011, 'Internal error encountered.')
    const second = await brain.call(1)
    await second.waitFor(isRealtime('text'))
    await tell(second, arrivals, '', 'Noon.')
    expect(arrivals.of('turn.start')).toHaveLength(1)
    expect(arrivals.of('transcript.final').map(({ text }) => text)).toEqual(['what time is it', 'Noon.'])
    expect(arrivals.of('error')).toEqual([])
  })

  it('is not said again where it may have been the reason', async () => {
    const { url, brain } = await newTestRelay()
    const { client, arrivals } = await openTestClient(url)
    const first = await brain.call(0)
    client.send({ type: 'text.send', id: 't1', text: 'poison' })
    await first.waitFor(isRealtime('text'))
    first.close(1007, 'Request contains an invalid argument.')
    const second = await brain.call(1)
    expect(await arrivals.message('error')).toMatchObject({ code: 'answer_lost' })
    await liveTimes(arrivals, 2)
    client.send({ type: 'text.send', id: 't2', text: 'hello' })
    await second.waitFor(isRealtime('text'))
    expect(second.received.slice(1)).toEqual([{ realtimeInput: { text: 'hello' } }])
  })
})

describe('a brain that falls silent', () => {
  it('is replaced, first by one that goes on, then by a new one, and then the user is told', async () => {
    const { url, brain } = await relayWith({ patience: { answerMs: 150 } })
    const { client, arrivals } = await openTestClient(url)
    const first = await brain.call(0)
    first.send(resumable('h1'))
    client.send({ type: 'text.send', id: 't1', text: 'hello?' })
    const third = await brain.call(2)
    await third.waitFor(isRealtime('text'))
    expect(brain.calls.slice(0, 3).map(handleOf)).toEqual([undefined, 'h1', undefined])
    expect(await arrivals.message('error')).toMatchObject({ code: 'answer_lost' })
    await arrivals.message('turn.complete')
    const reasons = arrivals.of('session.state').filter(({ upstream }) => upstream === 'reconnecting')
    expect(reasons.map(({ reason }) => reason)).toContain('The brain did not answer.')
  })

  it('is not replaced while nobody said a word it understood', async () => {
    const { url, brain } = await relayWith({ patience: { answerMs: 60 } })
    const { arrivals, speak } = await openTestClient(url)
    const call = await brain.call(0)
    speak(...Array.from({ length: 30 }, () => microphoneFrame(40)))
    await call.waitForCount(isRealtime('audio'), 30)
    await tell(call, arrivals, 'hello', 'Hi.')
    expect(brain.calls).toHaveLength(1)
  })

  it('after an answer that was generated does not hold up the next turn', async () => {
    const { url, brain } = await relayWith({ patience: { answerEndMs: 100 } })
    const { arrivals } = await openTestClient(url)
    const call = await brain.call(0)
    call.send(heard('hello'))
    call.send(said('Hi.'))
    call.send(speech(speechPcm(20)))
    call.send({ serverContent: { generationComplete: true } })
    await arrivals.message('turn.complete')
    expect(arrivals.of('transcript.final')).toMatchObject([{ text: 'hello' }, { text: 'Hi.' }])
    expect(arrivals.of('transcript.final')[1]).not.toHaveProperty('interrupted')
    expect(brain.calls).toHaveLength(1)
  })

  it('in the middle of an answer is replaced, and the answer is marked as cut', async () => {
    const { url, brain } = await relayWith({ patience: { answerEndMs: 100 } })
    const { arrivals } = await openTestClient(url)
    const call = await brain.call(0)
    call.send(heard('hello'))
    call.send(said('Well, let me'))
    call.send(speech(speechPcm(20)))
    await brain.call(1)
    expect(await arrivals.message('error')).toMatchObject({ code: 'answer_lost' })
    await arrivals.message('turn.complete')
    expect(arrivals.of('transcript.final')[1]).toMatchObject({ text: 'Well, let me', interrupted: true })
  })
})
