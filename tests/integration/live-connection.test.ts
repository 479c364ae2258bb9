import { afterEach, describe, expect, it } from 'vitest'
import { createGeminiLive } from '../../relay/live/gemini-live.ts'
import { LiveConnectError, type LiveConnection, type LiveEvent } from '../../relay/live/live-model.ts'
import { createLogger } from '../../relay/logger.ts'
import { type ScriptedLiveOptions, startScriptedLive, type ScriptedLive } from '../support/scripted-live.ts'
import {
  audioPart,
  heard,
  interrupted,
  isRealtime,
  isToolResponse,
  mediaOf,
  said,
  speech,
  speechPcm,
  turnComplete,
} from '../support/scripted-live-messages.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close()
})

async function brain(options?: ScriptedLiveOptions): Promise<ScriptedLive> {
  const live = await startScriptedLive(options)
  open.push(live)
  return live
}

interface Dialled {
  readonly connection: LiveConnection
  readonly events: LiveEvent[]
  /** The first event that matches, as soon as it is there. */
  readonly event: (type: LiveEvent['type']) => Promise<LiveEvent>
}

interface DialOptions {
  readonly model?: string
  readonly setup?: Parameters<ReturnType<typeof createGeminiLive>['connect']>[0]['setup']
  readonly signal?: AbortSignal
  readonly setupTimeoutMs?: number
  readonly onEvent?: (event: LiveEvent) => void
  readonly logLines?: string[]
}

async function dial(url: string, options: DialOptions = {}): Promise<Dialled> {
  const events: LiveEvent[] = []
  const waiting = new Set<() => void>()
  const model = createGeminiLive({
    liveUrl: url,
    logger: createLogger('info', { write: (line) => options.logLines?.push(line) }),
    setupTimeoutMs: options.setupTimeoutMs ?? 5000,
  })
  const connection = await model.connect({
    apiKey: 'test-key',
    model: options.model ?? 'gemini-3.8-live',
    voice: 'Kore',
    setup: options.setup ?? {},
    history: [],
    signal: options.signal ?? new AbortController().signal,
    onEvent: (event) => {
      events.push(event)
      options.onEvent?.(event)
      for (const check of [...waiting]) check()
    },
  })
  open.push(connection)
  const event = (type: LiveEvent['type']) =>
    new Promise<LiveEvent>((resolve) => {
      const check = () => {
        const found = events.find((candidate) => candidate.type === type)
        if (found !== undefined) resolve(found)
      }
      waiting.add(check)
      check()
    })
  return { connection, events, event }
}

async function refusal(dialling: Promise<unknown>): Promise<LiveConnectError> {
  const error: unknown = await dialling.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(LiveConnectError)
  return error as LiveConnectError
}

describe('dialling the brain', () => {
  it('uses our socket under the SDK: no compression offered, v1beta, the key where Google wants it', async () => {
    const live = await brain()
    await dial(live.url)
    const { request } = await live.call(0)
    expect(request.headers['sec-websocket-extensions']).toBeUndefined()
    expect(request.url).toMatch(
      /^\/+ws\/google\.ai\.generativelanguage\.v1beta\.GenerativeService\.BidiGenerateContent\?key=test-key$/,
    )
    expect(request.headers['x-goog-api-client']).toContain('google-genai-sdk/3.1.0')
  })

  it('sends the setup first and once', async () => {
    const live = await brain()
    await dial(live.url, { setup: { turnTaking: { mode: 'manual' } } })
    const { received } = await live.call(0)
    expect(received).toHaveLength(1)
    expect(received[0]).toMatchObject({
      setup: {
        model: 'models/gemini-3.8-live',
        generationConfig: { responseModalities: ['AUDIO'] },
        realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
        sessionResumption: {},
        contextWindowCompression: { slidingWindow: {} },
        inputAudioTranscription: {},
        outputAudioTranscription: {},
      },
    })
  })

  it('gives up when the setup is never answered', async () => {
    const live = await brain({ onSetup: 'silent' })
    const error = await refusal(dial(live.url, { setupTimeoutMs: 150 }))
    expect(error).toMatchObject({ code: 1006, reason: 'no answer to the setup within 0.15 s' })
    await (
      await live.call(0)
    ).closed
  })

  it('gives up when asked to', async () => {
    const live = await brain({ onSetup: 'silent' })
    const controller = new AbortController()
    const dialling = refusal(dial(live.url, { signal: controller.signal }))
    const call = await live.call(0)
    controller.abort()
    expect((await dialling).code).toBe(1000)
    await call.closed
  })

  it.each([
    [1007, 'Request contains an invalid argument.'],
    [1008, 'models/x is not found for API version v1beta, or is not supported for bidiGenerateContent.'],
    [1011, 'The service is currently unavailable.'],
  ])('keeps code and text of a refused setup (%i)', async (code, reason) => {
    const live = await brain({ onSetup: (call) => call.close(code, reason) })
    expect(await refusal(dial(live.url))).toMatchObject({ code, reason })
  })

  it('says what the server answered instead of a socket', async () => {
    const live = await brain({ refuseUpgrade: 403 })
    expect(await refusal(dial(live.url))).toMatchObject({ code: 1006, reason: 'Unexpected server response: 403' })
  })

  it('says when nobody is there', async () => {
    const live = await brain()
    await live.close()
    open.length = 0
    const { code, reason } = await refusal(dial(live.url))
    expect(code).toBe(1006)
    expect(reason).toContain('ECONNREFUSED')
  })

  it('does not trip over a setupComplete before the setup', async () => {
    const live = await brain({ onSetup: (call) => call.send({ setupComplete: {} }) })
    const dialling = dial(live.url)
    const call = await live.arrival(0)
    call.send({ setupComplete: {} })
    await expect(dialling).resolves.toBeDefined()
  })
})

describe('what the brain says', () => {
  it('arrives in order, never before connect has resolved, even when all of it came with the setup', async () => {
    const live = await brain({
      onSetup: (call) => {
        call.send(heard('before'))
        call.send({ setupComplete: {} })
        call.send(said('after'))
        call.close(1011, 'Internal error encountered.')
      },
    })
    let resolved = false
    const early: LiveEvent[] = []
    const dialling = dial(live.url, { onEvent: (event) => !resolved && early.push(event) })
    const { events, event } = await dialling
    resolved = true
    await event('closed')
    expect(early).toEqual([])
    expect(events).toEqual([
      { type: 'inputTranscript', text: 'before', finished: false },
      { type: 'outputTranscript', text: 'after' },
      { type: 'closed', code: 1011, reason: 'Internal error encountered.' },
    ])
  })

  it.each([false, true])('is understood in binary and in text frames (text: %s)', async (textFrames) => {
    const live = await brain({ textFrames })
    const { events, event } = await dial(live.url)
    const pcm = speechPcm(40)
    const call = await live.call(0)
    call.send(speech(pcm))
    call.send(turnComplete)
    await event('turnComplete')
    expect(events).toEqual([{ type: 'audio', pcm }, { type: 'turnComplete' }])
  })

  it('survives bad JSON, nonsense and a consumer that throws', async () => {
    const live = await brain()
    const logLines: string[] = []
    const { events, event } = await dial(live.url, {
      logLines,
      onEvent: (received) => {
        if (received.type === 'interrupted') throw new Error('a bug of ours')
      },
    })
    const call = await live.call(0)
    call.sendRaw('{"serverContent":')
    call.sendRaw('null')
    call.sendRaw(Buffer.from([0xff, 0xfe]))
    call.send({ serverContent: { modelTurn: { parts: [null] } } })
    call.send({ toolCall: { functionCalls: 'many' } })
    call.send(interrupted)
    call.send({ serverContent: { modelTurn: { parts: [audioPart(speechPcm(20))] }, turnComplete: true } })
    await event('turnComplete')
    expect(events.map(({ type }) => type)).toEqual(['interrupted', 'audio', 'turnComplete'])
    expect(logLines).toHaveLength(6)
  })

  it.each([
    [1007, 'Request contains an invalid argument.'],
    [1008, 'Operation is not implemented, or supported, or enabled.'],
    [1011, 'Deadline expired before operation could complete.'],
  ])('ends with the code and text of its close (%i)', async (code, reason) => {
    const live = await brain()
    const { events, event } = await dial(live.url)
    ;(await live.call(0)).close(code, reason)
    await event('closed')
    expect(events).toEqual([{ type: 'closed', code, reason }])
  })

  it('ends with 1006 when the line is cut', async () => {
    const live = await brain()
    const { event } = await dial(live.url)
    ;(await live.call(0)).terminate()
    expect(await event('closed')).toMatchObject({ code: 1006 })
  })
})

describe('what is said to the brain', () => {
  it('is sound and pictures, each frame whole and in order', async () => {
    const live = await brain()
    const { connection } = await dial(live.url)
    const call = await live.call(0)
    const frames = Array.from({ length: 50 }, (_, index) => Buffer.alloc(1024, index))
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, ...Buffer.alloc(30_000, 7)])
    for (const frame of frames) connection.sendAudio(frame)
    connection.sendImage(jpeg)
    const audio = await call.waitForCount(isRealtime('audio'), frames.length)
    expect(audio.map((frame) => mediaOf(frame, 'audio'))).toEqual(frames)
    expect(mediaOf(await call.waitFor(isRealtime('video')), 'video')).toEqual(jpeg)
  })

  it('is words, activity, silence, stop and tool results in the vendor’s form', async () => {
    const live = await brain()
    const { connection } = await dial(live.url)
    const call = await live.call(0)
    connection.sendText('hello')
    connection.activityStart()
    connection.activityEnd()
    connection.audioEnd()
    connection.interrupt()
    connection.sendToolResult({ id: 'c1', name: 'read_page', response: { output: { title: 'T' } } })
    await call.waitFor(isToolResponse)
    expect(call.received.slice(1)).toEqual([
      { realtimeInput: { text: 'hello' } },
      { realtimeInput: { activityStart: {} } },
      { realtimeInput: { activityEnd: {} } },
      { realtimeInput: { audioStreamEnd: true } },
      { clientContent: { turnComplete: false } },
      {
        toolResponse: {
          functionResponses: [{ id: 'c1', name: 'read_page', response: { output: { title: 'T' } } }],
        },
      },
    ])
  })

  it('says when an asynchronous tool’s answer is to be spoken', async () => {
    const live = await brain()
    const { connection } = await dial(live.url, { model: 'gemini-3.8-live-extended-thinking' })
    connection.sendToolResult({ id: 'c1', name: 't', response: {} })
    const frame = await (await live.call(0)).waitFor(isToolResponse)
    expect(frame).toMatchObject({ toolResponse: { functionResponses: [{ scheduling: 'WHEN_IDLE' }] } })
  })

  it('holds its tongue where stopping is answered with a close', async () => {
    const live = await brain()
    const { connection } = await dial(live.url, { model: 'gemini-3.1-flash-live-preview' })
    connection.interrupt()
    connection.sendText('after')
    const call = await live.call(0)
    await call.waitFor(isRealtime('text'))
    expect(call.received).toHaveLength(2)
  })

  it('is dropped and noted once after the brain has hung up', async () => {
    const live = await brain()
    const logLines: string[] = []
    const { connection, event } = await dial(live.url, { logLines })
    ;(await live.call(0)).close(1011, 'gone')
    await event('closed')
    connection.sendAudio(Buffer.alloc(1024))
    connection.sendText('anybody?')
    connection.interrupt()
    expect(logLines).toHaveLength(1)
  })
})

describe('the line', () => {
  it('hangs up with 1000, and nothing is heard afterwards', async () => {
    const live = await brain()
    const { connection, events } = await dial(live.url)
    const call = await live.call(0)
    connection.close()
    call.send(said('too late'))
    expect(await call.closed).toBe(1000)
    expect(events).toEqual([])
  })

  it('hangs up when its signal aborts, also while it is paused', async () => {
    const live = await brain()
    const controller = new AbortController()
    const { connection } = await dial(live.url, { signal: controller.signal })
    connection.setPaused(true)
    controller.abort()
    expect(await (await live.call(0)).closed).toBe(1000)
  })

  it('can be paused: what the brain says waits, and nothing is lost', async () => {
    const live = await brain()
    const { connection, events, event } = await dial(live.url)
    const call = await live.call(0)
    connection.setPaused(true)
    for (let index = 0; index < 200; index++) call.send(speech(speechPcm(200, index)))
    call.send(turnComplete)
    // The server's own queue grows while nobody reads: its words have left it and are not heard.
    connection.sendText('still sending')
    await call.waitFor(isRealtime('text'))
    expect(events.some(({ type }) => type === 'turnComplete')).toBe(false)
    connection.setPaused(false)
    await event('turnComplete')
    expect(events.filter(({ type }) => type === 'audio')).toHaveLength(200)
  })

  it('knows how much the brain has not taken', async () => {
    const live = await brain()
    const { connection } = await dial(live.url)
    const call = await live.call(0)
    call.pause()
    while (connection.bufferedBytes() === 0) connection.sendImage(Buffer.alloc(200_000, 1))
    call.resume()
    await call.waitFor(isRealtime('video'))
  })
})
