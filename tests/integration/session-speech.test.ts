import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createLogger } from '../../relay/logger.ts'
import { startLocalLive, type LocalLive } from '../../relay/local-live/local-live.ts'
import { createRelay } from '../../relay/relay.ts'
import { PacedMicrophone } from '../../scripts/talk/paced-microphone.ts'
import { loadRecording } from '../../scripts/talk/recording.ts'
import { SPEECH_RATE_HZ } from '../../shared/audio/audio-format.ts'
import { pcm16FromBytes, pcm16ToFloat } from '../../shared/audio/pcm16.ts'
import { type SpeechFrame } from '../../shared/protocol/media-frame.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { recordingPath, RECORDINGS } from '../support/fixtures.ts'
import { recogniseSpeech, wordErrorRate } from '../support/recognise.ts'
import { testConfig } from '../support/test-relay.ts'
import { openTestClient } from '../support/test-relay-client.ts'

/** Conversations last as long as they are spoken, and speech models load slowly on a busy machine. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

let brain: LocalLive
beforeAll(async () => {
  brain = await startLocalLive({ port: 0 })
  await brain.ready
})
afterAll(() => brain.close())

const PAGE = {
  title: 'The return of the beaver',
  url: 'https://example.org/beavers',
  text: 'Beavers have come back to the valley after two hundred years. Their dams hold the water in dry summers. Farmers were afraid of floods at first.',
}

/** A person who talks to a relay with a local brain behind it. */
async function stage(setup: SessionSetup = {}) {
  const config = testConfig({ ASIDE_BRAIN: 'local', ASIDE_LIVE_URL: brain.url })
  const relay = await createRelay(config, { logger: createLogger('silent', process.stderr) })
  onTestFinished(() => relay.close())
  const talk = await openTestClient(relay.url, setup)
  const listening = new AbortController()
  onTestFinished(() => listening.abort())
  const microphone = new PacedMicrophone((pcm, capturedAtMs) => talk.client.sendAudio(pcm, capturedAtMs))
  microphone.open(listening.signal)
  const say = async (name: string) => {
    const loaded = await loadRecording(recordingPath(name))
    if (!loaded.ok) throw new Error(loaded.fault)
    await microphone.speak(loaded.recording.samples)
  }
  return { ...talk, say }
}

function soundOf(frames: readonly SpeechFrame[]): { samples: Float32Array; rateHz: number } {
  const bytes = Buffer.concat(frames.map(({ payload }) => payload))
  return { samples: pcm16ToFloat(pcm16FromBytes(new Uint8Array(bytes))), rateHz: SPEECH_RATE_HZ }
}

describe('real speech through the relay', () => {
  it('is understood, answered from the page, and the answer can be heard', async () => {
    const readPage = {
      name: 'read_page',
      description: 'Reads the page in front',
      effect: 'read',
      timeoutMs: 5000,
    } as const
    const { client, arrivals, say } = await stage({
      browserTools: [{ ...readPage, parameters: { type: 'object', properties: {} } }],
    })
    await say('what-is-this-page-about')
    const { callId } = await arrivals.message('tool.call', ({ name }) => name === 'read_page')
    client.send({ type: 'tool.result', callId, output: PAGE })
    const { timings } = await arrivals.message('turn.complete')

    const [user, assistant] = arrivals.of('transcript.final')
    expect(wordErrorRate(RECORDINGS['what-is-this-page-about']!.text, user!.text)).toBe(0)
    expect(assistant!.text.toLowerCase()).toContain('beaver')
    expect(wordErrorRate(assistant!.text, await recogniseSpeech(soundOf(arrivals.speech)))).toBeLessThan(0.35)
    expect(arrivals.of('turn.start')).toHaveLength(1)
    expect(timings.speechEnd).toBe(0)
    expect(timings.firstAudioSent).toBeGreaterThan(timings.tools![0]!.toolEnd!)
  })

  it('over an answer cuts it: told at once, and only what was heard is kept', async () => {
    const { client, arrivals, say } = await stage()
    client.send({ type: 'text.send', id: 't', text: 'what can you do' })
    await arrivals.until(() => (arrivals.speech.length > 0 ? true : undefined))
    await say('stop')
    const { turn } = await arrivals.message('turn.interrupted')
    client.send({ type: 'playback.position', turn, playedMs: 600 })
    const cut = await arrivals.message('transcript.final', ({ role }) => role === 'assistant')
    const said = arrivals.of('transcript.delta').filter((delta) => delta.role === 'assistant' && delta.turn === turn)
    const whole = said.map(({ text }) => text).join('')
    expect(cut).toMatchObject({ turn, interrupted: true })
    expect(whole.startsWith(cut.text)).toBe(true)
    expect(cut.text.length).toBeLessThan(whole.length)

    await arrivals.message('transcript.final', (final) => final.turn > turn && final.role === 'user')
    const cutAt = arrivals.indexOf((arrival) => 'message' in arrival && arrival.message.type === 'turn.interrupted')
    const late = arrivals.all.slice(cutAt).filter((arrival) => 'speech' in arrival && arrival.speech.turn === turn)
    expect(late).toEqual([])
  })
})
