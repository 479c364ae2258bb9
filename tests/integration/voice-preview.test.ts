import { describe, expect, it, onTestFinished } from 'vitest'
import { EXTENSION_ID } from '../../relay/config.ts'
import { startLocalLive } from '../../relay/local-live/local-live.ts'
import { SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { parseWav } from '../../shared/audio/wav.ts'
import { untilTrue } from '../support/eventually.ts'
import { recogniseSpeech, wordErrorRate } from '../support/recognise.ts'
import { type ScriptedCall, type ScriptedLiveOptions } from '../support/scripted-live.ts'
import {
  generationComplete,
  isRealtime,
  setupOf,
  speech,
  speechPcm,
  turnComplete,
} from '../support/scripted-live-messages.ts'
import { newTestRelay, type TestRelayOptions } from '../support/test-relay.ts'
import { openTestClient } from '../support/test-relay-client.ts'

const ORIGIN = `chrome-extension://${EXTENSION_ID}`
const USAGE = { usageMetadata: { promptTokenCount: 20, responseTokenCount: 30, totalTokenCount: 50 } }

/** A paired device that tries voices. */
async function stage(options: TestRelayOptions = {}) {
  const { url, brain } = await newTestRelay(options)
  const json = { 'content-type': 'application/json', origin: ORIGIN }
  const paired = await fetch(`${url}/v1/pair`, { method: 'POST', headers: json, body: '{}' })
  const { accessToken } = (await paired.json()) as { readonly accessToken: string }
  const headers = { ...json, authorization: `Bearer ${accessToken}` }
  const preview = (body: object, signal?: AbortSignal) =>
    fetch(`${url}/v1/voices/preview`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    })
  const usage = async () =>
    (await (await fetch(`${url}/v1/usage`, { headers })).json()) as { minutes: number; tokens: { audioOut: number } }
  return { url, brain, preview, usage }
}

async function soundOf(response: Response) {
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'audio/wav'])
  const wav = parseWav(new Uint8Array(await response.arrayBuffer()))
  if (!wav.ok) throw new Error(wav.fault)
  return wav
}

/** Says what it is asked to, and what it took a moment later, as Google does. */
function speaking(answer: (call: ScriptedCall) => void): ScriptedLiveOptions {
  return {
    onFrame: (call, frame) => {
      if (isRealtime('text')(frame)) answer(call)
    },
  }
}

describe.each(['uws', 'ws'])('the preview of a voice, over %s', (engine) => {
  const env = { ASIDE_ENGINE: engine }

  it('is a sentence in that voice, over one connection, and counts as talk does', async () => {
    const pcm = speechPcm(600)
    const brain = speaking((call) => {
      call.send(speech(pcm.subarray(0, 9_600)))
      call.send(speech(pcm.subarray(9_600)))
      call.send(generationComplete)
      setTimeout(() => call.send({ ...turnComplete, ...USAGE }), 50)
    })
    const { brain: live, preview, usage } = await stage({ brain, env })
    const wav = await soundOf(await preview({ voice: 'Puck', language: 'en-GB' }))
    expect([wav.rateHz, wav.channels, wav.samples.length]).toEqual([SPEECH_RATE_HZ, 1, pcm.length / 2])
    const call = await live.call(0)
    expect(await call.closed).toBe(1000)
    expect(setupOf(call)).toMatchObject({
      model: 'models/gemini-3.8-live',
      generationConfig: { speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Puck' } } } },
    })
    expect(setupOf(call).systemInstruction.parts[0]!.text).toContain('with the tag en-GB')
    await untilTrue(async () => (await usage()).tokens.audioOut === 30)
    expect((await usage()).minutes).toBe(0.01)
    expect(live.calls).toHaveLength(1)
  })

  it('ends when nobody waits for it any more', async () => {
    const { brain: live, preview } = await stage({ env })
    const leaving = new AbortController()
    const answer = preview({ voice: 'Puck' }, leaving.signal).catch((error: unknown) => error)
    const call = await live.call(0)
    await call.waitFor(isRealtime('text'))
    leaving.abort()
    expect(await call.closed).toBe(1000)
    expect(await answer).toMatchObject({ name: 'AbortError' })
  })
})

describe('the preview of a voice', () => {
  it('is had while somebody has as many conversations as they may', async () => {
    const brain = speaking((call) => {
      call.send(speech(speechPcm(100)))
      call.send(turnComplete)
    })
    const { url, preview } = await stage({ brain, env: { ASIDE_MAX_SESSIONS: '1' } })
    await openTestClient(url)
    expect((await soundOf(await preview({ voice: 'Puck' }))).samples).toHaveLength(2_400)
  })

  it('is ten seconds at most, whatever the brain has to say', async () => {
    const brain = speaking((call) => {
      for (let second = 0; second < 20; second++) call.send(speech(speechPcm(1_000, second)))
    })
    const { brain: live, preview } = await stage({ brain })
    expect((await soundOf(await preview({ voice: 'Puck' }))).samples).toHaveLength(10 * SPEECH_RATE_HZ)
    expect(await (await live.call(0)).closed).toBe(1000)
  })

  it.each([
    [
      'a voice it does not have',
      { onSetup: (call: ScriptedCall) => call.close(1007, "Requested voice api_name 'Nobody' is not available") },
      { status: 400, code: 'voice_refused' },
      "The brain does not speak with this voice: Requested voice api_name 'Nobody' is not available.",
    ],
    [
      'a brain that fails',
      { onSetup: (call: ScriptedCall) => call.close(1011, 'Quota of ?key=test-key is gone.') },
      { status: 503, code: 'brain_unavailable' },
      'The brain did not speak: Quota of ?key=••• is gone. Try again in a moment.',
    ],
    [
      'a brain that hangs up instead',
      speaking((call) => call.close(1011, 'Internal error encountered.')),
      { status: 503, code: 'brain_unavailable' },
      'The brain did not speak: Internal error encountered. Try again in a moment.',
    ],
    [
      'a brain that says nothing',
      speaking((call) => call.send(turnComplete)),
      { status: 503, code: 'brain_unavailable' },
      'The brain did not speak: it said nothing. Try again in a moment.',
    ],
  ] satisfies [string, ScriptedLiveOptions, object, string][])(
    'says so of %s',
    async (_what, brain, problem, detail) => {
      const { preview } = await stage({ brain })
      const response = await preview({ voice: 'Nobody' })
      expect(await response.json()).toMatchObject({ ...problem, detail })
    },
  )

  it('is for those who are paired, name a voice, and do not ask all the time', async () => {
    const { url, brain: live, preview } = await stage({ brain: speaking((call) => call.send(turnComplete)) })
    const stranger = await fetch(`${url}/v1/voices/preview`, { method: 'POST', body: '{"voice":"Puck"}' })
    expect(stranger.status).toBe(401)
    expect((await preview({})).status).toBe(400)
    const statuses = await Promise.all(
      Array.from({ length: 21 }, async () => (await preview({ voice: 'Puck' })).status),
    )
    expect(statuses.filter((status) => status === 429)).toHaveLength(2)
    expect(live.calls).toHaveLength(19)
  })

  it('can be had of the local brain, which speaks it', async () => {
    const live = await startLocalLive({ port: 0 })
    onTestFinished(() => live.close())
    await live.ready
    const { preview } = await stage({ env: { ASIDE_BRAIN: 'local', ASIDE_LIVE_URL: live.url } })
    const heard = await recogniseSpeech(await soundOf(await preview({ voice: 'Kore', model: 'local' })))
    expect(wordErrorRate('Hello. This is how I sound when we talk.', heard)).toBeLessThan(0.2)
  })
})
