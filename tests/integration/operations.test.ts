import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { nodeFetch } from '../../scripts/talk/node-fetch.ts'
import { type ToolDeclaration } from '../../shared/protocol/tool-declaration.ts'
import {
  heard,
  isToolResponse,
  said,
  speech,
  speechPcm,
  toolCall,
  turnComplete,
} from '../support/scripted-live-messages.ts'
import { readMetric } from '../support/metric.ts'
import { newTestRelay } from '../support/test-relay.ts'
import { microphoneFrame, openTestClient } from '../support/test-relay-client.ts'
import { startTraceCollector } from '../support/trace-collector.ts'

const readPage: ToolDeclaration = {
  name: 'read_page',
  description: 'Reads the page',
  parameters: { type: 'object', properties: {} },
  effect: 'read',
  timeoutMs: 5000,
}

/** A typed turn with a tool in it, answered in speech. */
async function converse(relayUrl: string, brain: Awaited<ReturnType<typeof newTestRelay>>['brain']) {
  const talker = await openTestClient(relayUrl, { browserTools: [readPage] })
  const { client, arrivals, speak } = talker
  const call = await brain.call(0)
  await arrivals.message('session.state', ({ upstream }) => upstream === 'live')
  speak(microphoneFrame(9_000), microphoneFrame(0))
  client.send({ type: 'context.update', page: PAGE, sensors: { mic: true, tab: false, camera: false, screen: false } })
  client.send({ type: 'text.send', id: randomUUID(), text: WORDS.typed })
  call.send(heard(WORDS.heard))
  call.send(toolCall({ id: 'call-1', name: 'read_page', args: { query: WORDS.argument } }))
  await arrivals.message('tool.call')
  client.send({ type: 'tool.result', callId: 'call-1', output: { text: WORDS.result } })
  await call.waitFor(isToolResponse)
  call.send(said(WORDS.said))
  call.send(speech(speechPcm(40)))
  call.send(turnComplete)
  const complete = await arrivals.message('turn.complete')
  return { ...talker, call, complete }
}

const PAGE = { title: 'An offshore account', url: 'https://bank.example/private-account', lang: 'en' }

const WORDS = {
  typed: 'Whisper mauve hippopotamus',
  heard: 'overheard parakeet',
  said: 'Certainly vermilion',
  argument: 'turquoise argument',
  result: 'secret marmalade result',
} as const

/** Posts as a command-line client does: without the headers by which a relay knows browsers. @returns the answer */
async function post(url: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  const { signal } = new AbortController()
  const response = await nodeFetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal })
  return JSON.parse(await response.text())
}

describe('the admin listener', () => {
  it('tells the operator what happened in a conversation, and clients nothing', async () => {
    const { relay, url, brain } = await newTestRelay()
    const { client, call } = await converse(url, brain)
    const read = (name: string) => readMetric(relay.adminUrl, name)
    expect(await read('aside_sockets')).toBe(1)
    expect(await read('aside_sessions_active')).toBe(1)
    expect(await read('aside_turns_total')).toBe(1)
    expect(await read('aside_turn_first_audio_sent_seconds_count')).toBe(1)
    expect(await read('aside_tool_seconds_count{where="browser",phase="done"}')).toBe(1)
    expect(await read('aside_upstream_connect_seconds_count{outcome="new"}')).toBe(1)
    expect(await read('aside_http_request_seconds_count{route="/v1/tickets",status="200"}')).toBe(1)
    expect(await read('aside_store_operation_seconds_count{operation="append",outcome="done"}')).toBeGreaterThan(0)
    expect(await read('process_resident_memory_bytes')).toBeGreaterThan(0)
    client.end()
    await call.closed
    expect(await read('aside_sockets')).toBe(0)
    expect(await read('aside_sessions_active')).toBe(0)
    expect(await read('aside_sockets_closed_total{code="1000"}')).toBe(1)
    for (const path of ['/metrics', '/v1/metrics']) expect((await fetch(`${url}${path}`)).status).toBe(404)
  })

  it('answers probes, and nothing else', async () => {
    const { relay } = await newTestRelay()
    const ask = (path: string, method = 'GET') => fetch(`${relay.adminUrl}${path}`, { method })
    expect(await (await ask('/livez')).json()).toEqual({ status: 'ok' })
    expect(await (await ask('/readyz')).json()).toEqual({ status: 'ready' })
    expect((await ask('/metrics')).headers.get('content-type')).toMatch(/^text\/plain/)
    expect((await ask('/metrics')).headers.get('access-control-allow-origin')).toBeNull()
    for (const path of ['/', '/v1/relay', '/v1/pair', '/debug']) expect((await ask(path)).status).toBe(404)
    expect((await ask('/metrics', 'POST')).status).toBe(405)
  })

  it('takes another port when its own is taken, and says so', async () => {
    const first = await newTestRelay()
    const { port } = new URL(first.relay.adminUrl)
    const second = await newTestRelay({ env: { ASIDE_ADMIN_PORT: port } })
    expect(second.relay.adminUrl).not.toBe(first.relay.adminUrl)
    expect((await fetch(`${second.relay.adminUrl}/livez`)).status).toBe(200)
    expect(second.log).toContainEqual(expect.objectContaining({ level: 40, port: Number(port) }))
  })

  it('is gone when the relay is', async () => {
    const { relay } = await newTestRelay()
    await relay.close()
    await expect(fetch(`${relay.adminUrl}/livez`)).rejects.toThrow()
  })
})

describe('the log', () => {
  it('finds a request by the id that its answer bears', async () => {
    const { url, log } = await newTestRelay()
    const refused = await fetch(`${url}/v1/tickets`, { method: 'POST' })
    const { requestId } = (await refused.json()) as { requestId: string }
    expect(refused.headers.get('x-request-id')).toBe(requestId)
    expect(log).toContainEqual(
      expect.objectContaining({ requestId, method: 'POST', route: '/v1/tickets', status: 401, code: 'not_authorised' }),
    )
    const info = await fetch(`${url}/v1/relay`)
    expect(log).toContainEqual(expect.objectContaining({ requestId: info.headers.get('x-request-id'), status: 200 }))
    expect(new Set(log.map((line) => line['instance'])).size).toBe(1)
  })

  it('holds no word, argument, address, code, token or key, at its most talkative', async () => {
    const key = 'AIzaSyTotallySecretKeyOfTheOperator12345'
    const { url, brain, log } = await newTestRelay({ env: { GEMINI_API_KEY: key } })
    const secrets: string[] = [key, PAGE.title, PAGE.url, ...Object.values(WORDS)]
    const paired = await post(`${url}/v1/pair`, { device: 'Ada’s laptop' })
    const { accessToken, refreshToken } = paired as { accessToken: string; refreshToken: string }
    const authorization = `Bearer ${accessToken}`
    const asked = await fetch(`${url}/v1/tickets`, { method: 'POST', headers: { authorization } })
    const { ticket } = (await asked.json()) as { ticket: string }
    secrets.push('Ada’s laptop', accessToken, refreshToken, ticket)
    const forged = `${accessToken.slice(0, -4)}AAAA`
    await fetch(`${url}/v1/tickets?access_token=${forged}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${forged}` },
    })
    await post(`${url}/v1/token`, { refreshToken: 'forged-refresh' })
    await post(`${url}/v1/pair`, { code: 'WRNG-CODE' })
    secrets.push(forged, 'forged-refresh', 'WRNG-CODE')
    const { client, call, arrivals } = await converse(url, brain)
    secrets.push((await arrivals.message('session.ready')).resumeToken)
    await fetch(`${url}/v1/logout`, { method: 'POST', headers: { authorization } })
    client.end()
    await call.closed
    const text = log.map((line) => JSON.stringify(line)).join('\n')
    expect(text).toContain('/v1/tickets')
    const { sessionId } = await arrivals.message('session.ready')
    const closed = log.find(({ msg }) => msg === 'the socket closed')
    expect(closed).toMatchObject({ session: sessionId, device: expect.stringMatching(/^.{8}$/) as string })
    for (const secret of secrets) expect(text).not.toContain(secret)
  })
})

describe('traces', () => {
  it('tell where the time of a turn went; the client learns which one it was', async () => {
    const collector = await startTraceCollector()
    const { relay, url, brain } = await newTestRelay({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } })
    const { complete, arrivals } = await converse(url, brain)
    await relay.close()
    const turn = await collector.span(({ name }) => name === 'turn')
    expect(turn.traceId).toBe(complete.traceId)
    expect(turn.events.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['speechEnd', 'inputFinal', 'firstAudioUpstream', 'firstAudioSent']),
    )
    const tool = await collector.span(({ name }) => name === 'tool')
    expect(tool).toMatchObject({ traceId: turn.traceId, parentSpanId: turn.spanId })
    const sent = collector.received.map(({ body }) => body).join('\n')
    const { sessionId, user } = await arrivals.message('session.ready')
    for (const secret of [sessionId, `"${user.id}"`, `"${user.name}"`, ...Object.values(WORDS)])
      expect(sent).not.toContain(secret)
  })

  it('disturb nothing when the collector is away', async () => {
    const { url, brain, log } = await newTestRelay({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' } })
    const { complete } = await converse(url, brain)
    expect(complete.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(log.filter((line) => Number(line['level']) >= 50)).toEqual([])
  })
})
