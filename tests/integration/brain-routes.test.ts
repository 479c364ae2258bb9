import { describe, expect, it } from 'vitest'
import { type ScriptedCall } from '../support/scripted-live.ts'
import { heard, resumable, said, setupOf, turnComplete } from '../support/scripted-live-messages.ts'
import { newTestRelay } from '../support/test-relay.ts'
import { type Arrivals, openTestClient, startBareClient } from '../support/test-relay-client.ts'

function isLive(arrivals: Arrivals, times = 1): Promise<true> {
  return arrivals.until(() =>
    arrivals.of('session.state').filter(({ upstream }) => upstream === 'live').length >= times ? true : undefined,
  )
}

describe('keys', () => {
  const keyOf = (call: ScriptedCall) => new URL(call.request.url!, 'http://x').searchParams.get('key')

  it.each([
    [1007, 'API key not valid. Please pass a valid API key.'],
    [1008, 'Your API key was reported as leaked. Please use another API key.'],
    [1011, 'You exceeded your current quota.'],
  ])('that do not open are left out, for everybody (%i)', async (code, reason) => {
    const { url, brain } = await newTestRelay({
      env: { GEMINI_API_KEY: 'bad-key,good-key' },
      brain: {
        onSetup: (call) => (keyOf(call) === 'bad-key' ? call.close(code, reason) : call.send({ setupComplete: {} })),
      },
    })
    const one = await openTestClient(url)
    await isLive(one.arrivals)
    const other = await openTestClient(url)
    await isLive(other.arrivals)
    expect(brain.calls.map(keyOf)).toEqual(['bad-key', 'good-key', 'good-key'])
    expect(one.arrivals.of('session.state').map(({ upstream }) => upstream)).toEqual(['connecting', 'live'])
  })

  it('that are all refused end it at once, with the brain’s words', async () => {
    const reason = 'API key not valid. Please pass a valid API key.'
    const { url, brain } = await newTestRelay({
      env: { GEMINI_API_KEY: 'bad-key,worse-key' },
      brain: { onSetup: (call) => call.close(1007, reason) },
    })
    const { arrivals, closed } = await startBareClient(url)
    expect(await closed).toMatchObject({ code: 4003 })
    expect(brain.calls).toHaveLength(2)
    expect(arrivals.of('session.state').at(-1)).toMatchObject({ upstream: 'failed', code: 1007, reason })
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
  })
})

describe('models', () => {
  const modelOf = (call: ScriptedCall) => setupOf(call).model
  const notFound = 'models/first is not found for API version v1beta, or is not supported for bidiGenerateContent.'

  it('that do not exist are followed by the next, and that is told', async () => {
    const { url, brain } = await newTestRelay({
      env: { ASIDE_MODEL: 'first,second' },
      brain: {
        onSetup: (call) =>
          modelOf(call) === 'models/first' ? call.close(1008, notFound) : call.send({ setupComplete: {} }),
      },
    })
    const { arrivals } = await openTestClient(url)
    await isLive(arrivals)
    expect(brain.calls.map(modelOf)).toEqual(['models/first', 'models/second'])
    expect(arrivals.of('session.state').at(-1)).toMatchObject({
      upstream: 'live',
      reason: 'first cannot be reached; second answers in its place.',
    })
  })

  it('that do not exist anywhere end it at once', async () => {
    const { url, brain } = await newTestRelay({
      env: { ASIDE_MODEL: 'first' },
      brain: { onSetup: (call) => call.close(1008, notFound) },
    })
    const { closed } = await startBareClient(url)
    expect(await closed).toMatchObject({ code: 4003 })
    expect(brain.calls).toHaveLength(1)
  })

  it('that never answer the setup are followed by the next after two tries; no handle goes over', async () => {
    const { url, brain } = await newTestRelay({
      env: { ASIDE_MODEL: 'first,second' },
      deps: { brainSetupTimeoutMs: 100 },
    })
    const { arrivals } = await openTestClient(url)
    const first = await brain.call(0)
    first.send(resumable('h1'))
    for (const message of [heard('hello'), said('Hi.'), turnComplete]) first.send(message)
    await arrivals.message('turn.complete')
    brain.answerWith({
      onSetup: (call) => {
        if (modelOf(call) === 'models/second') call.send({ setupComplete: {} })
      },
    })
    first.terminate()
    await isLive(arrivals, 2)
    expect(brain.calls.map(modelOf).at(-1)).toBe('models/second')
    expect(setupOf(brain.calls.at(-1)!).sessionResumption).toEqual({})
    expect(brain.calls.length).toBeLessThanOrEqual(4)
  })

  it('that a client wishes come first', async () => {
    const { url, brain } = await newTestRelay({ env: { ASIDE_MODEL: 'first' } })
    const { arrivals } = await openTestClient(url, { model: 'wished' })
    await isLive(arrivals)
    expect(brain.calls.map(modelOf)).toEqual(['models/wished'])
  })

  it('that fail everybody are called no more for a while, and the relay is not ready', async () => {
    const reason = 'The service is currently unavailable.'
    const { url, brain } = await newTestRelay({
      env: { ASIDE_MAX_SESSIONS: '20' },
      brain: { onSetup: (call) => call.close(1011, reason) },
      deps: { times: { brainRetryDelaysMs: [] } },
    })
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    for (let client = 0; client < 5; client++) await (await startBareClient(url)).closed
    const last = await startBareClient(url)
    expect(await last.closed).toMatchObject({ code: 4003 })
    expect(brain.calls).toHaveLength(5)
    expect(last.arrivals.of('session.state').at(-1)).toMatchObject({ upstream: 'failed', code: 1011 })
    expect(last.arrivals.of('session.state').at(-1)!.reason).toContain(reason)
    const readiness = await fetch(`${url}/readyz`)
    expect(readiness.status).toBe(503)
    expect(await readiness.text()).toContain('upstream')
  })
})
