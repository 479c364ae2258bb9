import { describe, expect, it } from 'vitest'
import { type JournalEntry } from '../../relay/store/journal.ts'
import { StoreError } from '../../relay/store/key-value.ts'
import { type Store } from '../../relay/store/store.ts'
import { newMemoryStore, withJournal } from '../support/altered-store.ts'
import { heard, isRealtime, mediaOf, said, speech, speechPcm, turnComplete } from '../support/scripted-live-messages.ts'
import { newTestRelay } from '../support/test-relay.ts'
import { type Arrivals, microphoneFrame, openTestClient, startBareClient } from '../support/test-relay-client.ts'

function states(arrivals: Arrivals) {
  return arrivals.of('session.state').map(({ upstream, code, reason }) => ({ upstream, code, reason }))
}

describe('a brain that hangs up', () => {
  it.each([
    [1007, 'Request contains an invalid argument.'],
    [1008, 'Operation is not implemented, or supported, or enabled.'],
    [1011, 'Internal error encountered.'],
  ])('is called again, and its code and words reach the client (%i)', async (code, reason) => {
    const { url, brain } = await newTestRelay()
    const { arrivals } = await openTestClient(url)
    ;(await brain.call(0)).close(code, reason)
    await brain.call(1)
    await arrivals.until(() =>
      states(arrivals).filter(({ upstream }) => upstream === 'live').length === 2 ? 1 : undefined,
    )
    expect(states(arrivals)).toEqual([
      { upstream: 'connecting' },
      { upstream: 'live' },
      { upstream: 'reconnecting', code, reason },
      { upstream: 'live' },
    ])
  })

  it('mid-answer leaves what was said, marked as cut, and asks to say it again', async () => {
    const { url, brain } = await newTestRelay()
    const { arrivals } = await openTestClient(url)
    const call = await brain.call(0)
    call.send(heard('tell me a story'))
    call.send(said('Once upon'))
    call.send(speech(speechPcm(100)))
    await arrivals.until(() => (arrivals.speech.length === 1 ? true : undefined))
    call.terminate()
    await arrivals.message('turn.complete')
    expect(arrivals.of('transcript.final')).toMatchObject([
      { role: 'user', text: 'tell me a story' },
      { role: 'assistant', text: 'Once upon', interrupted: true },
    ])
    expect(await arrivals.message('error')).toMatchObject({ code: 'answer_lost', fatal: false })
    // What was sent may be heard to its end.
    expect(arrivals.of('turn.interrupted')).toEqual([])
  })

  it('is reminded of the conversation when it comes back, and hears what was said meanwhile', async () => {
    const { url, brain } = await newTestRelay({ env: { ASIDE_MEMORY: '2' } })
    const { arrivals, speak } = await openTestClient(url)
    const first = await brain.call(0)
    for (const turn of [1, 2]) {
      first.send(heard(`question ${turn}`))
      first.send(said(`answer ${turn}`))
      first.send(turnComplete)
      await arrivals.message('turn.complete', (message) => message.turn === turn)
    }
    brain.answerWith({ onSetup: 'silent' })
    first.close(1011, 'The service is currently unavailable.')
    await arrivals.message('session.state', ({ upstream }) => upstream === 'reconnecting')
    speak(microphoneFrame(7))
    const second = await brain.call(1)
    const { parts } = (second.received[0]!['setup'] as { systemInstruction: { parts: { text: string }[] } })
      .systemInstruction
    expect(parts[0]!.text).toMatch(/The conversation so far.*\nUser: question 2\nYou: answer 2$/)
    second.send({ setupComplete: {} })
    expect(mediaOf(await second.waitFor(isRealtime('audio')), 'audio')[0]).toBe(7)
  })
})

describe('a brain that cannot be had', () => {
  it('is given up after four attempts: 4003, with its words', async () => {
    const reason = 'The service is currently unavailable.'
    const { url, brain } = await newTestRelay({ brain: { onSetup: (call) => call.close(1011, reason) } })
    const { arrivals, closed } = await startBareClient(url)
    expect(await closed).toMatchObject({ code: 4003 })
    expect(brain.calls).toHaveLength(4)
    expect(states(arrivals).map(({ upstream }) => upstream)).toEqual([
      'connecting',
      'reconnecting',
      'reconnecting',
      'reconnecting',
      'failed',
    ])
    expect(states(arrivals).at(-1)).toMatchObject({ code: 1011, reason })
    const [error] = arrivals.of('error')
    expect(error).toMatchObject({ code: 'brain_unavailable', retryable: true, fatal: true })
    expect(error!.message).toContain(reason)
  })

  it('because of what was asked is not asked again', async () => {
    const reason = 'Request contains an invalid argument.'
    const { url, brain } = await newTestRelay({ brain: { onSetup: (call) => call.close(1007, reason) } })
    const { arrivals, closed } = await startBareClient(url)
    expect(await closed).toMatchObject({ code: 4003 })
    expect(brain.calls).toHaveLength(1)
    expect(states(arrivals)).toEqual([{ upstream: 'connecting' }, { upstream: 'failed', code: 1007, reason }])
  })

  it('because it never answers the setup is given up, too', async () => {
    const { url, brain } = await newTestRelay({
      brain: { onSetup: 'silent' },
      deps: { brainSetupTimeoutMs: 60, times: { brainRetryDelaysMs: [10] } },
    })
    const { arrivals, closed } = await startBareClient(url)
    expect(await closed).toMatchObject({ code: 4003 })
    expect(brain.calls).toHaveLength(2)
    expect(states(arrivals).at(-1)).toEqual({
      upstream: 'failed',
      code: 1006,
      reason: 'no answer to the setup within 0.06 s',
    })
  })

  it('never learns from the relay what its key is', async () => {
    const { url, log } = await newTestRelay({
      brain: { onSetup: (call) => call.close(1008, 'refused wss://host/?key=test-key&x=1') },
      deps: { times: { brainRetryDelaysMs: [] } },
    })
    const { arrivals, closed } = await startBareClient(url)
    await closed
    expect(JSON.stringify(arrivals.messages)).toContain('key=•••')
    expect(JSON.stringify([arrivals.messages, log])).not.toContain('test-key')
  })
})

describe('a brain that talks nonsense', () => {
  it('is not believed, and the conversation goes on', async () => {
    const { url, brain, log } = await newTestRelay()
    const { arrivals } = await openTestClient(url)
    const call = await brain.call(0)
    for (const garbage of [
      '{"serverContent":',
      '[]',
      'null',
      '7',
      '{"serverContent":{"modelTurn":{"parts":[null]}}}',
    ]) {
      call.sendRaw(garbage)
    }
    call.sendRaw(Buffer.from([0, 255, 254]))
    call.send({ serverContent: { interrupted: true } })
    call.send(turnComplete)
    call.send({ toolCallCancellation: { ids: ['never heard of'] } })
    call.send(said('Hello.'))
    call.send(turnComplete)
    await arrivals.message('turn.complete')
    expect(arrivals.of('transcript.final').map(({ text }) => text)).toEqual(['Hello.'])
    expect(log.filter(({ msg }) => String(msg).includes('the brain sent a frame'))).toHaveLength(4)
  })

  it('in its setup does not end the process', async () => {
    const { url, brain } = await newTestRelay({
      brain: {
        onSetup: (call) => {
          call.sendRaw('not json')
          call.send({ setupComplete: {} })
        },
      },
    })
    const { arrivals } = await openTestClient(url)
    await brain.call(0)
    await arrivals.message('session.state', ({ upstream }) => upstream === 'live')
  })
})

describe('what was said', () => {
  /** A store that takes its time; `events` shows when it was done. */
  function slowStore(events: string[], fails: (entry: JournalEntry) => boolean = () => false): Store {
    return withJournal(newMemoryStore(), (journal) => ({
      append: async (id, fence, entry, state) => {
        await new Promise((resolve) => setTimeout(resolve, 60))
        if (fails(entry)) throw new StoreError('disk full')
        const result = await journal.append(id, fence, entry, state)
        events.push(`stored ${entry.seq}`)
        return result
      },
    }))
  }

  it('is stored before anybody is told, one entry after another', async () => {
    const events: string[] = []
    const { url, brain } = await newTestRelay({ deps: { store: slowStore(events) } })
    const { client, arrivals } = await openTestClient(url)
    client.events.on('message', (message) => {
      if (message.type === 'transcript.final') events.push(`told ${message.seq}`)
      if (message.type === 'turn.complete') events.push(`complete ${message.turn}`)
    })
    const call = await brain.call(0)
    call.send(heard('hello'))
    call.send(said('Hi.'))
    call.send(turnComplete)
    await arrivals.message('turn.complete')
    client.send({ type: 'text.send', id: 't', text: 'more' })
    await arrivals.message('transcript.final', ({ id }) => id === 't')
    expect(events).toEqual(['stored 1', 'told 1', 'stored 2', 'told 2', 'complete 1', 'stored 3', 'told 3'])
  })

  it('waits for a store that is away, in order, while the talk goes on', async () => {
    const events: string[] = []
    let isAway = true
    const store = slowStore(events, () => isAway)
    const { url, brain } = await newTestRelay({
      deps: { store, times: { storeRetryDelaysMs: Array<number>(50).fill(20) } },
    })
    const { arrivals } = await openTestClient(url)
    const call = await brain.call(0)
    for (const turn of [1, 2]) {
      call.send(heard(`question ${turn}`))
      call.send(said(`answer ${turn}`))
      call.send(turnComplete)
      await arrivals.message('turn.start', (message) => message.turn === turn)
    }
    expect(arrivals.of('transcript.final')).toEqual([])
    isAway = false
    await arrivals.message('turn.complete', ({ turn }) => turn === 2)
    const told = ['question 1', 'answer 1', 'question 2', 'answer 2'].map((text, index) => [index + 1, text])
    expect(arrivals.of('transcript.final').map(({ seq, text }) => [seq, text])).toEqual(told)
    expect(events).toEqual(['stored 1', 'stored 2', 'stored 3', 'stored 4'])
  })

  it('and cannot be stored is never told, and the conversation stops: 1011', async () => {
    const store = slowStore([], ({ text }) => text === 'lost')
    const { url, brain } = await newTestRelay({ deps: { store, times: { storeRetryDelaysMs: [10, 10] } } })
    const { arrivals, closed } = await startBareClient(url)
    const call = await brain.call(0)
    call.send(heard('lost'))
    call.send(said('Never told.'))
    call.send(turnComplete)
    expect(await closed).toMatchObject({ code: 1011 })
    expect(arrivals.of('transcript.final')).toEqual([])
    expect(arrivals.of('error')).toMatchObject([{ code: 'not_stored', retryable: true, fatal: true }])
    expect(await call.closed).toBe(1000)
  })
})
