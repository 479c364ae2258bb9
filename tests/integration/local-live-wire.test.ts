import { once } from 'node:events'
import { GoogleGenAI, type LiveServerMessage } from '@google/genai'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket, type RawData } from 'ws'
import { startLocalLive, type LocalLive, type LocalLiveOptions } from '../../relay/local-live/local-live.ts'
import { Caller } from './local-live-caller.ts'

const V1BETA = '//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=any'
const CONSTRAINED = '/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained'
const MODEL = 'models/gemini-3.8-live'

const live = {} as { server: LocalLive }
beforeAll(async () => {
  live.server = await startLocalLive({ port: 0 })
  await live.server.ready
})
afterAll(() => live.server.close())

async function startServer(options: Omit<LocalLiveOptions, 'port'>): Promise<LocalLive> {
  const server = await startLocalLive({ port: 0, ...options })
  onTestFinished(() => server.close())
  return server
}

interface Knock {
  readonly socket: WebSocket
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  /** The next message, and whether its frame was binary. */
  readonly next: () => Promise<{ readonly message: LiveServerMessage; readonly binary: boolean }>
}

/** Connects as a client would that is not the SDK. */
async function knock(path = V1BETA, url = live.server.url, headers: Record<string, string> = {}): Promise<Knock> {
  const socket = new WebSocket(url.replace('http', 'ws') + path, { headers })
  onTestFinished(() => socket.terminate())
  const frames: { message: LiveServerMessage; binary: boolean }[] = []
  socket.on('message', (data: RawData, binary) => {
    frames.push({ message: JSON.parse((data as Buffer).toString()) as LiveServerMessage, binary })
  })
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: code as number, reason: String(reason) }))
  await once(socket, 'open')
  const next = async () => {
    while (frames.length === 0) await once(socket, 'message')
    return frames.shift()!
  }
  return { socket, closed, next }
}

/** What becomes of a connection on which these frames are sent. */
async function closingOf(frames: readonly unknown[], path?: string): Promise<{ code: number; reason: string }> {
  const { socket, closed } = await knock(path)
  for (const frame of frames) socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  return closed
}

describe('frames', () => {
  it('are binary, or text where that is wanted; snake_case and binary come in as well', async () => {
    for (const frames of ['binary', 'text'] as const) {
      const server = frames === 'binary' ? live.server : await startServer({ frames })
      const { socket, next } = await knock(V1BETA, server.url)
      socket.send(Buffer.from(JSON.stringify({ setup: { model: MODEL, output_audio_transcription: {} } })))
      const complete = await next()
      expect(complete.binary).toBe(frames === 'binary')
      expect(Object.keys(complete.message)).toEqual(['setupComplete'])
      socket.send('{"client_content":{"turns":[{"role":"user","parts":[{"text":"Thank you."}]}],"turn_complete":true}}')
      expect((await next()).message).toEqual({ serverContent: { outputTranscription: { text: 'You are welcome.' } } })
    }
  })

  it('leave out what has its default value', async () => {
    const { socket, next } = await knock()
    socket.send(JSON.stringify({ setup: { model: MODEL } }))
    await next()
    socket.send('{"realtimeInput":{"text":"Thank you."}}')
    for (;;) {
      const { message } = await next()
      expect(JSON.stringify(message)).not.toMatch(/false|null|""|\[\]/)
      if (message.serverContent?.turnComplete === true) return
    }
  })
})

describe('the door', () => {
  it.each([
    [V1BETA],
    ['/ws/google.ai.generativelanguage.v1.GenerativeService.BidiGenerateContent?key=x'],
    ['/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent'],
    ['/'],
  ])('opens at %s', async (path) => {
    const { socket, next } = await knock(path)
    socket.send(JSON.stringify({ setup: { model: MODEL } }))
    expect((await next()).message.setupComplete).toBeDefined()
  })

  it('takes a key in a header', async () => {
    const path = V1BETA.replace('?key=any', '')
    const { socket, next } = await knock(path, live.server.url, { 'x-goog-api-key': 'x' })
    socket.send(JSON.stringify({ setup: { model: MODEL } }))
    expect((await next()).message.setupComplete).toBeDefined()
  })

  it('is not elsewhere', async () => {
    const socket = new WebSocket(live.server.url.replace('http', 'ws') + '/v1/socket')
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error.message).toBe('Unexpected server response: 404')
    expect((await fetch(live.server.url)).status).toBe(404)
  })

  it('is on this machine only', async () => {
    await expect(startLocalLive({ port: 0, host: '0.0.0.0' })).rejects.toThrow(RangeError)
  })
})

describe('closing texts', () => {
  const setup = { setup: { model: MODEL } }
  const image = { data: 'AAAA', mimeType: 'image/jpeg' }
  const pcm = { data: '', mimeType: 'audio/pcm' }

  it.each([
    [
      'a first frame that is no setup',
      [{ realtimeInput: { text: 'hi' } }],
      1007,
      'setup must be the first message and only the first',
    ],
    ['a second setup', [setup, setup], 1007, 'setup must be the first message and only the first'],
    [
      'an unknown field',
      [{ setup: { model: MODEL, x: 1 } }],
      1007,
      'Invalid JSON payload received. Unknown name "x" at \'setup\': Cannot find field.',
    ],
    ['no JSON', ['{'], 1007, 'Invalid JSON payload received. Unexpected token.'],
    [
      'a model that is none',
      [{ setup: { model: 'models/gpt' } }],
      1008,
      'models/gpt is not found for API version v1beta, or is not supported for bidiGenerateContent. Call ListModels to see the lis',
    ],
    [
      'a voice that is none',
      [
        {
          setup: {
            model: MODEL,
            generationConfig: { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Flite' } } } },
          },
        },
      ],
      1007,
      `Requested voice api_name 'Flite' is not available for model ${MODEL}`,
    ],
    [
      'media chunks',
      [setup, { realtimeInput: { mediaChunks: [pcm] } }],
      1007,
      'realtime_input.media_chunks is deprecated. Use audio, video, or text instead.',
    ],
    [
      'activityEnd in automatic mode',
      [setup, { realtimeInput: { activityEnd: {} } }],
      1007,
      'Explicit activity control is not supported when automatic activity detection is enabled.',
    ],
    [
      'a picture that is none',
      [setup, { realtimeInput: { video: image } }],
      1007,
      'Request contains an invalid argument.',
    ],
    [
      'sound that is none',
      [setup, { realtimeInput: { audio: { ...pcm, mimeType: 'audio/ogg' } } }],
      1007,
      'Request contains an invalid argument.',
    ],
    [
      'function parts in content',
      [setup, { clientContent: { turns: [{ parts: [{ functionCall: { name: 'f' } }] }] } }],
      1007,
      'Request contains an invalid argument.',
    ],
    [
      'an answer to no call',
      [setup, { toolResponse: { functionResponses: [{ id: 'x', name: 'f' }] } }],
      1008,
      'Requested entity was not found.',
    ],
    [
      'a handle that is none',
      [{ setup: { model: MODEL, sessionResumption: { handle: 'x' } } }],
      1008,
      'BidiGenerateContent session not found',
    ],
  ] as const)('for %s', async (_name, frames, code, reason) => {
    await expect(closingOf(frames)).resolves.toEqual({ code, reason })
  })

  it('for nobody known', async () => {
    const unregistered = {
      code: 1008,
      reason: expect.stringMatching(/^Method doesn't allow unregistered callers/) as string,
    }
    await expect(closingOf([], V1BETA.replace('?key=any', ''))).resolves.toEqual(unregistered)
    await expect(closingOf([], V1BETA.replace('any', 'auth_tokens/x'))).resolves.toEqual(unregistered)
    await expect(closingOf([], `${CONSTRAINED}?access_token=any`)).resolves.toEqual(unregistered)
  })

  it('for a frame that is too large', async () => {
    const { code } = await closingOf([`{"setup":"${'x'.repeat(9_000_000)}"}`])
    expect(code).toBe(1009)
  })

  it('reach a client of the SDK', async () => {
    await expect(Caller.call({ url: live.server.url, model: 'gpt' })).rejects.toThrow(/code 1008.*is not found/)
  })

  it('media chunks are taken where the model takes them', async () => {
    const { socket, next, closed } = await knock()
    socket.send(JSON.stringify({ setup: { model: 'models/gemini-2.5-flash-native-audio-latest' } }))
    await next()
    socket.send(JSON.stringify({ realtime_input: { media_chunks: [{ mime_type: 'audio/pcm', data: '' }] } }))
    socket.send('{"realtimeInput":{"activityEnd":{}}}')
    expect((await closed).reason).toMatch(/^Explicit activity control/)
  })
})

describe('time', () => {
  it('is up: goAway with the time left, then the end', async () => {
    const server = await startServer({ connectionMs: 400, goAwayMs: 300 })
    const caller = await Caller.call({ url: server.url })
    const at = await caller.heard((message) => message.goAway !== undefined)
    expect(caller.messages[at]?.goAway?.timeLeft).toBe('0.3s')
    await expect(caller.closed).resolves.toEqual({
      code: 1011,
      reason: 'Deadline expired before operation could complete.',
    })
  })

  it('does not end what was said: a session goes on with its handle, on the same model only', async () => {
    const first = await Caller.call({ url: live.server.url, config: { sessionResumption: {} } })
    first.type('The boat is green.')
    await first.heard((message) => message.serverContent?.outputTranscription !== undefined)
    first.session.sendClientContent({ turnComplete: false })
    const end = await first.turnComplete()
    const at = await first.heard((message) => message.sessionResumptionUpdate?.resumable === true, end)
    const handle = first.messages[at]!.sessionResumptionUpdate!.newHandle!
    first.hangUp()
    await first.closed

    const second = await Caller.call({ url: live.server.url, config: { sessionResumption: { handle } } })
    second.type('What did I say?')
    await second.turnComplete()
    expect(second.saidText()).toBe('You said: The boat is green.')
    second.hangUp()

    const other = {
      url: live.server.url,
      model: 'gemini-3.1-flash-live-preview',
      config: { sessionResumption: { handle } },
    }
    await expect(Caller.call(other)).rejects.toThrow(/1008.*BidiGenerateContent session not found/)
  })
})

describe('auth tokens', () => {
  function client(): GoogleGenAI {
    return new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: live.server.url, apiVersion: 'v1alpha' } })
  }

  it('open one session, with the model they were made for', async () => {
    const token = await client().authTokens.create({
      config: { uses: 1, liveConnectConstraints: { model: 'gemini-3.8-live', config: { sessionResumption: {} } } },
    })
    const call = { url: live.server.url, apiKey: token.name!, apiVersion: 'v1alpha', model: 'gpt' }
    const caller = await Caller.call(call)
    const at = await caller.heard((message) => message.sessionResumptionUpdate !== undefined)
    const handle = caller.messages[at]!.sessionResumptionUpdate!.newHandle!
    caller.hangUp()
    await expect(Caller.call(call)).rejects.toThrow(/1008.*Auth token is unknown, has expired or has no uses left/)
    const again = await Caller.call({ ...call, config: { sessionResumption: { handle } } })
    again.hangUp()
  })

  it('lock what they name and leave the rest', async () => {
    const liveConnectConstraints = { config: { temperature: 0.5 } }
    const token = await client().authTokens.create({ config: { liveConnectConstraints, lockAdditionalFields: [] } })
    const caller = await Caller.call({ url: live.server.url, apiKey: token.name!, apiVersion: 'v1alpha' })
    caller.hangUp()
  })

  it('end the session when they expire', async () => {
    const expireTime = new Date(Date.now() + 1_000).toISOString()
    const token = await client().authTokens.create({ config: { expireTime } })
    const caller = await Caller.call({ url: live.server.url, apiKey: token.name!, apiVersion: 'v1alpha' })
    await expect(caller.closed).resolves.toMatchObject({ code: 1008 })
  })

  it('are refused in HTTP’s words', async () => {
    const url = `${live.server.url}/v1alpha/auth_tokens`
    const post = async (body: string, headers: Record<string, string> = { 'x-goog-api-key': 'any' }) => {
      const response = await fetch(url, { method: 'POST', body, headers })
      const { error } = (await response.json()) as { error?: { status: string } }
      return [response.status, error?.status]
    }
    expect(await post('{}', {})).toEqual([403, 'PERMISSION_DENIED'])
    expect(await post('{')).toEqual([400, 'INVALID_ARGUMENT'])
    expect(await post('{"users":2}')).toEqual([400, 'INVALID_ARGUMENT'])
    expect(await post(`{"x":"${'x'.repeat(300_000)}"}`)).toEqual([400, 'INVALID_ARGUMENT'])
    expect(await post('{}')).toEqual([200, undefined])
  })
})

describe('failing speech workers', () => {
  const program = (body: string) =>
    new URL(
      `data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads'
const ready = () => parentPort.postMessage({ type: 'ready' })
const sayNothing = () => setInterval(() => {}, 1000)
${body}`)}`,
    )

  it('end the setup with their reason where the models cannot be loaded', async () => {
    const speak = program(`parentPort.postMessage({ type: 'failed', reason: 'no voice here' }); sayNothing()`)
    const server = await startServer({ workers: { speak } })
    await expect(server.ready).rejects.toThrow('no voice here')
    await expect(Caller.call({ url: server.url })).rejects.toThrow(/code 1011.*no voice here/)
  })

  it('hold setupComplete until they are loaded', async () => {
    const speak = program(`parentPort.once('message', ready); setTimeout(ready, 700)`)
    const server = await startServer({ workers: { speak } })
    const { socket, next } = await knock(V1BETA, server.url)
    const order: string[] = []
    void server.ready.then(() => order.push('loaded'))
    socket.send(JSON.stringify({ setup: { model: MODEL } }))
    socket.send('{"realtimeInput":{"text":"Early."}}')
    expect((await next()).message.setupComplete).toBeDefined()
    order.push('complete')
    expect(order).toEqual(['loaded', 'complete'])
  })

  it('end the sessions when they die, and the next session is served', async () => {
    const speak = program(`ready()
parentPort.on('message', ({ type, id, question }) => {
  if (type !== 'ask') return
  if (question.text.startsWith('Okay')) throw new Error('broken voice')
  const samples = new Int16Array(240)
  parentPort.postMessage({ type: 'answer', id, answer: { samples } })
})`)
    const troubles: string[] = []
    const server = await startServer({ workers: { speak }, onTrouble: (sentence) => troubles.push(sentence) })
    await server.ready
    const first = await Caller.call({ url: server.url })
    first.type('Stop.')
    const { code, reason } = await first.closed
    expect([code, reason]).toEqual([1011, expect.stringMatching(/^Internal error encountered: .*broken voice/)])
    expect(troubles).toEqual([expect.stringContaining('the voice stopped and is being restarted: broken voice')])
    const second = await Caller.call({ url: server.url })
    second.type('Thank you.')
    await second.turnComplete()
    expect(second.saidText()).toBe('You are welcome.')
    second.hangUp()
  })
})
