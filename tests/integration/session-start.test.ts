import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import WebSocket from 'ws'
import { GEMINI_VOICES } from '../../relay/live/gemini-voices.ts'
import { nodeFetch } from '../../scripts/talk/node-fetch.ts'
import { createTicketSource } from '../../shared/client/ticket-client.ts'
import { TicketRefused } from '../../shared/client/ticket-refused.ts'
import { HEADER_BYTES } from '../../shared/protocol/media-frame.ts'
import { relayInfoSchema } from '../../shared/protocol/relay-info.ts'
import { offeredProtocols } from '../../shared/protocol/version.ts'
import { newMemoryStore, withJournal } from '../support/altered-store.ts'
import { isRealtime } from '../support/scripted-live-messages.ts'
import { newTestRelay } from '../support/test-relay.ts'
import { microphoneFrame, openBareClient, openTestClient, startBareClient } from '../support/test-relay-client.ts'

const START = { type: 'session.start', client: { name: 'bare', version: '0' }, setup: {} } as const

async function refusedUpgrade(url: string, protocols: readonly string[], headers: Record<string, string> = {}) {
  const socket = new WebSocket(url, [...protocols], { headers })
  return new Promise<string>((resolve) => socket.once('error', (error) => resolve(error.message)))
}

describe('a session', () => {
  it('is ready at once, while the brain is still being called', async () => {
    const { url, brain, relay } = await newTestRelay({ brain: { onSetup: 'silent' } })
    const { arrivals } = await openTestClient(url, { voice: 'Puck' })
    const call = await brain.call(0)
    expect(arrivals.messages.slice(0, 2)).toMatchObject([
      {
        type: 'session.ready',
        resumed: false,
        seq: 0,
        user: { id: 'local' },
        brain: 'gemini',
        model: 'gemini-3.8-live',
        voice: 'Puck',
        capabilities: { unsupported: ['affective', 'proactive'] },
        limits: { textBytes: 131_072, imageBytes: 262_144, audioBytes: 8192, sessionsPerUser: 2 },
      },
      { type: 'session.state', upstream: 'connecting' },
    ])
    call.send({ setupComplete: {} })
    await arrivals.message('session.state', ({ upstream }) => upstream === 'live')
    expect(relay.brain).toBe('gemini')
  })

  it('asks the brain for what the client wishes', async () => {
    const { url, brain } = await newTestRelay()
    const declaration = { name: 'read_page', description: 'Reads', effect: 'read', timeoutMs: 1000 } as const
    await openTestClient(url, {
      voice: 'Puck',
      turnTaking: { mode: 'auto', silenceMs: 700, interruptible: false },
      browserTools: [{ ...declaration, parameters: { type: 'object', properties: {} } }],
      affective: true,
    })
    const { received } = await brain.call(0)
    expect(received[0]).toMatchObject({
      setup: {
        model: 'models/gemini-3.8-live',
        generationConfig: { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Puck' } } } },
        realtimeInputConfig: {
          automaticActivityDetection: { silenceDurationMs: 700 },
          activityHandling: 'NO_INTERRUPTION',
        },
        tools: [{ functionDeclarations: [{ name: 'read_page', behavior: 'BLOCKING' }] }],
      },
    })
    expect(JSON.stringify(received[0])).not.toMatch(/affective/i)
  })

  it('that is to be resumed is a new one, and says so', async () => {
    const { url } = await newTestRelay()
    const { send, arrivals } = await openBareClient(url)
    const sessionId = '3f1c9b9e-6f0f-4b1e-9f43-0a0a0a0a0a0a'
    send({ ...START, resume: { sessionId, resumeToken: 'x', lastSeq: 4, epoch: 0 } })
    const ready = await arrivals.message('session.ready')
    expect(ready).toMatchObject({ resumed: false, seq: 0 })
    expect(ready.sessionId).not.toBe(sessionId)
  })

  it('answers pings and ends when the client says so', async () => {
    const { url, brain } = await newTestRelay()
    const { send, arrivals, closed } = await startBareClient(url)
    send({ type: 'ping', t: 12.5 })
    expect(await arrivals.message('pong')).toMatchObject({ t: 12.5 })
    await arrivals.message('session.state', ({ upstream }) => upstream === 'live')
    send({ type: 'session.end' })
    expect(await closed).toMatchObject({ code: 1000 })
    expect(await (await brain.call(0)).closed).toBe(1000)
  })

  it('ends its call of the brain when the client vanished and does not come back', async () => {
    const { url, brain } = await newTestRelay({ deps: { times: { lingerMs: 50 } } })
    const { socket, arrivals } = await startBareClient(url)
    const call = await brain.call(0)
    await arrivals.message('session.state', ({ upstream }) => upstream === 'live')
    socket.terminate()
    expect(await call.closed).toBe(1000)
  })
})

describe('a client that begins wrongly', () => {
  it.each([
    ['another message', { type: 'ping', t: 1 }],
    ['sound', { kind: 'microphone', seq: 1, timeMs: 0, replayed: false, payload: microphoneFrame() }],
  ] as const)('with %s is closed with 4500', async (_what, frame) => {
    const { url, brain } = await newTestRelay()
    const { send, arrivals, closed } = await openBareClient(url)
    send(frame)
    expect(await arrivals.message('error')).toMatchObject({ code: 'bad_message', fatal: true })
    expect(await closed).toMatchObject({ code: 4500, reason: 'The first frame must be session.start.' })
    expect(brain.calls).toEqual([])
  })

  it('by saying more before session.ready is closed with 4500', async () => {
    // A store that takes its time to make the conversation.
    const store = withJournal(newMemoryStore(), () => ({ create: () => new Promise(() => undefined) }))
    const { url } = await newTestRelay({ deps: { store } })
    const { send, closed } = await openBareClient(url)
    send(START)
    send({ type: 'ping', t: 1 })
    expect(await closed).toMatchObject({ code: 4500, reason: 'Nothing may be said before session.ready came.' })
  })

  it('by saying nothing is closed with 4504', async () => {
    const { url } = await newTestRelay({ deps: { times: { startMs: 50 } } })
    const { closed } = await openBareClient(url)
    expect(await closed).toMatchObject({ code: 4504 })
  })

  it('twice is closed with 4500', async () => {
    const { url } = await newTestRelay()
    const { send, closed } = await startBareClient(url)
    send(START)
    expect(await closed).toMatchObject({ code: 4500 })
  })
})

describe('a client that cannot speak', () => {
  it.each([
    ['no JSON', '{"type":', 'not JSON'],
    ['an unknown type', '{"type":"dance"}', 'type'],
    ['a bad field', '{"type":"text.send","id":"1","text":7}', 'text'],
    ['nesting', `{"type":"tool.result","callId":"1","output":${'{"a":'.repeat(20)}1${'}'.repeat(20)}}`, 'deeper'],
  ])('is told what is wrong with %s and closed with 4500', async (_what, text, fault) => {
    const { url } = await newTestRelay()
    const { send, arrivals, closed } = await startBareClient(url)
    send(text)
    const error = await arrivals.message('error')
    expect(error).toMatchObject({ code: 'bad_message', fatal: true })
    expect(error.message).toContain(fault)
    expect(await closed).toMatchObject({ code: 4500 })
  })

  it('may send two bad frames, not three', async () => {
    const { url } = await newTestRelay()
    const { send, arrivals, closed } = await startBareClient(url)
    send(Uint8Array.from([1, 2, 3]))
    send(new Uint8Array(HEADER_BYTES).fill(77))
    await arrivals.until(() => (arrivals.of('error').length === 2 ? true : undefined))
    expect(arrivals.of('error')).toMatchObject([
      { code: 'bad_frame', fatal: false },
      { code: 'bad_frame', fatal: false },
    ])
    send({ kind: 'image', seq: 1, timeMs: 0, source: 'tab', payload: Uint8Array.from([0xff, 0xd8, 0xff, 0]) })
    expect(await closed).toMatchObject({ code: 4500 })
    expect(arrivals.of('error').at(-1)).toMatchObject({ code: 'bad_frame', fatal: true })
  })

  it('may not send speech, half samples or huge pictures', async () => {
    const { url } = await newTestRelay()
    const { send, arrivals } = await startBareClient(url)
    send({ kind: 'microphone', seq: 1, timeMs: 0, replayed: false, payload: new Uint8Array(3) })
    expect((await arrivals.message('error')).message).toContain('half a sample')
    const huge = Uint8Array.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0x20, 0, 0x10, 0, 1, 1, 0x11, 0])
    send({ kind: 'image', seq: 1, timeMs: 0, source: 'tab', payload: huge })
    await arrivals.message('error', ({ message }) => message.includes('4096 pixels'))
  })

  it.each([
    ['a message above 128 KiB', JSON.stringify({ type: 'x', pad: 'x'.repeat(140_000) })],
    ['a frame above 256 KiB', new Uint8Array(270_000).fill(2)],
  ])('is closed with 1009 for %s', async (_what, frame) => {
    const { url } = await newTestRelay()
    const { send, closed } = await startBareClient(url)
    send(frame)
    expect(await closed).toMatchObject({ code: 1009 })
  })

  it('is closed with 1009 for a microphone frame above 8 KiB', async () => {
    const { url } = await newTestRelay()
    const { send, closed } = await startBareClient(url)
    send({ kind: 'microphone', seq: 1, timeMs: 0, replayed: false, payload: new Uint8Array(8194) })
    expect(await closed).toMatchObject({ code: 1009, reason: 'A microphone frame was larger than 8 KiB.' })
  })
})

describe('a client that sends too much', () => {
  it('of messages is closed with 4508', async () => {
    const { url } = await newTestRelay()
    const { send, closed } = await startBareClient(url)
    for (let index = 0; index < 150; index++) send({ type: 'ping', t: index })
    expect(await closed).toMatchObject({ code: 4508 })
  })

  it('of sound is closed with 4508, some seconds of it above real time', async () => {
    const { url, brain } = await newTestRelay()
    const { send, arrivals, closed } = await startBareClient(url)
    await arrivals.message('session.state', ({ upstream }) => upstream === 'live')
    const payload = new Uint8Array(8192)
    for (let seq = 1; seq <= 70; seq++) send({ kind: 'microphone', seq, timeMs: 0, replayed: false, payload })
    expect(await closed).toMatchObject({ code: 4508 })
    expect(arrivals.of('error')).toMatchObject([{ code: 'rate_limited', fatal: true }])
    const call = await brain.call(0)
    await call.closed
    expect(call.received.filter(isRealtime('audio')).length).toBeLessThan(60)
  })

  it('may bring the 5 s it kept while it connected', async () => {
    const { url, brain } = await newTestRelay()
    const { send, arrivals } = await startBareClient(url)
    for (let seq = 1; seq <= 157; seq++) {
      send({ kind: 'microphone', seq, timeMs: 0, replayed: true, payload: microphoneFrame(1) })
    }
    await arrivals.message('audio.ack', ({ seq }) => seq === 157)
    expect((await brain.call(0)).received.filter(isRealtime('audio'))).toHaveLength(157)
    expect(arrivals.of('error')).toEqual([])
  })
})

describe('a client that is gone', () => {
  it('is noticed by its silence: 4000', async () => {
    const { url } = await newTestRelay({ deps: { times: { silenceMs: 100 } } })
    const { closed } = await startBareClient(url)
    expect(await closed).toMatchObject({ code: 4000 })
  })

  it('from the talk though not from the line ends the conversation, and is told', async () => {
    const { url } = await newTestRelay({ deps: { times: { idleMs: 100 } } })
    const { send, arrivals, closed } = await startBareClient(url)
    const pings = setInterval(() => send({ type: 'ping', t: 0 }), 50)
    expect(await closed).toMatchObject({ code: 1000 })
    clearInterval(pings)
    expect(arrivals.of('error')).toMatchObject([{ code: 'session_expired', fatal: true }])
  })
})

describe('the front door', () => {
  it('takes a ticket once', async () => {
    const { url } = await newTestRelay()
    const { ticket, url: socketUrl } = await createTicketSource({ baseUrl: url, fetch: nodeFetch }).getTicket(
      new AbortController().signal,
    )
    const first = new WebSocket(socketUrl, offeredProtocols(ticket))
    await new Promise((resolve) => first.once('open', resolve))
    expect(await refusedUpgrade(socketUrl, offeredProtocols(ticket))).toContain('401')
    first.terminate()
  })

  it('takes no invented ticket, no foreign page, no other protocol', async () => {
    const { url } = await newTestRelay()
    const socketUrl = `${url.replace('http', 'ws')}/v1/live`
    expect(await refusedUpgrade(socketUrl, offeredProtocols('invented'))).toContain('401')
    expect(await refusedUpgrade(socketUrl, offeredProtocols('x'), { origin: 'https://evil.example' })).toContain('403')
    expect(await refusedUpgrade(socketUrl, ['aside.v9', 'ticket.x'])).toContain('426')
  })

  it('takes two conversations of a user, and a third when one has ended', async () => {
    const { url } = await newTestRelay()
    const source = createTicketSource({ baseUrl: url, fetch: nodeFetch })
    const ask = () => source.getTicket(new AbortController().signal)
    const first = await startBareClient(url)
    await startBareClient(url)
    const refused: unknown = await ask().catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(TicketRefused)
    expect(refused).toMatchObject({ retryable: true })
    first.send({ type: 'session.end' })
    await first.closed
    await expect(ask()).resolves.toBeDefined()
  })

  it('says who the relay is, and what its models can be asked for', async () => {
    const { url, relay } = await newTestRelay({ env: { ASIDE_MODEL: 'gemini-3.8-live,gemini-3.1-flash-live-preview' } })
    const answer = await fetch(`${url}/v1/relay`)
    const info = v.parse(relayInfoSchema, await answer.json())
    const voices = ['Kore', ...GEMINI_VOICES.filter((voice) => voice !== 'Kore')]
    const model = { voices, unsupported: ['affective', 'proactive'] }
    expect(info.models).toEqual([
      { name: 'gemini-3.8-live', ...model },
      { name: 'gemini-3.1-flash-live-preview', ...model },
    ])
    expect(info).toMatchObject({
      name: 'aside-relay',
      protocols: ['aside.v1'],
      brain: 'gemini',
      model: 'gemini-3.8-live',
      engine: relay.engine,
      pairing: 'local',
      limits: { sessionsPerUser: 2 },
    })
  })

  it('says of a local brain that it has one voice and few settings', async () => {
    const { url } = await newTestRelay({ env: { ASIDE_BRAIN: 'local' } })
    const answer = await fetch(`${url}/v1/relay`)
    const unsupported = ['affective', 'proactive', 'language', 'persona', 'brevity', 'temperature', 'mediaResolution']
    expect(await answer.json()).toMatchObject({ models: [{ name: 'local', voices: ['Kore'], unsupported }] })
    const { send, arrivals } = await startBareClient(url)
    send({ type: 'session.update', setup: { brevity: 'short' } })
    const refused = [{ field: 'brevity', reason: 'local has no such setting.' }]
    expect(await arrivals.message('session.updated')).toMatchObject({ applied: [], deferred: [], refused })
  })
})
