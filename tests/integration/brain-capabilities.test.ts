import { expect, it, onTestFinished } from 'vitest'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { GEMINI_VOICES } from '../../relay/live/gemini-voices.ts'
import { startLocalLive } from '../../relay/local-live/local-live.ts'
import { VOICES } from '../../relay/local-live/wire/models.ts'
import { QUICK_SPEECH } from '../support/quick-speech.ts'
import { newTestRelay } from '../support/test-relay.ts'
import { openTestClient } from '../support/test-relay-client.ts'

/** Everything a client can ask for, at once. */
const EVERYTHING: Required<Omit<SessionSetup, 'model'>> = {
  voice: 'Puck',
  language: 'en',
  persona: 'Be brief.',
  brevity: 'short',
  turnTaking: { mode: 'auto', silenceMs: 500, interruptible: false },
  captions: { input: true, output: true },
  mediaResolution: 'low',
  temperature: 0.5,
  affective: true,
  proactive: true,
  temporary: false,
  browserTools: [
    {
      name: 'read_page',
      description: 'Reads the page',
      parameters: { type: 'object', properties: { part: { type: 'string' } } },
      effect: 'read',
      timeoutMs: 5000,
    },
  ],
}

it('the local brain answers to every voice of Gemini, and no other', () => {
  expect([...VOICES]).toEqual(GEMINI_VOICES)
})

// The local brain refuses what Google's models are reported to refuse, each in its own way.
it.each([
  'local',
  'gemini-3.8-live',
  'gemini-3.8-live-extended-thinking',
  'gemini-3.1-flash-live-preview',
  'gemini-2.5-flash-native-audio-preview-12-2025',
  'gemini-live-2.5-flash-native-audio',
])('%s is never sent what it refuses, whatever a client asks for', async (model) => {
  const live = await startLocalLive({ port: 0, workers: QUICK_SPEECH })
  onTestFinished(() => live.close())
  const { url } = await newTestRelay({ env: { ASIDE_LIVE_URL: live.url } })
  const { client, arrivals } = await openTestClient(url, { ...EVERYTHING, model })
  client.send({ type: 'text.send', id: 'q', text: 'Repeat after me: apples and pears.' })
  await arrivals.until(() => arrivals.speech[0])
  client.send({ type: 'turn.interrupt', turn: 1, playedMs: 10 })
  await arrivals.message('turn.complete')
  client.send({ type: 'text.send', id: 'r', text: 'Repeat after me: plums.' })
  await arrivals.message('transcript.final', ({ role, text }) => role === 'assistant' && text.includes('plums'))
  expect(arrivals.of('session.state').map(({ upstream }) => upstream)).toEqual(['connecting', 'live'])
  expect(arrivals.of('session.ready')[0]?.capabilities).toMatchObject({ unsupported: ['affective', 'proactive'] })
})
