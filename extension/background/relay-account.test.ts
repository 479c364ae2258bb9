import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo } from 'node:net'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { fakeBrowser } from 'wxt/testing/fake-browser'
import { getTicket, testRelay } from './relay-account.ts'

interface Answer {
  readonly status?: number
  readonly body: object
}

/** An HTTP server that answers as a relay would. */
async function startRelay(answer: (call: string, request: IncomingMessage) => Answer) {
  const calls: string[] = []
  const server = createServer((request, response) => {
    const call = `${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? ''}`.trim()
    calls.push(call)
    const { status = 200, body } = answer(call, request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls }
}

const TICKET = { ticket: 'abc', expiresIn: 30, url: 'ws://127.0.0.1:1/v1/live' }
const PAIRED = { accessToken: 'token-1', expiresIn: 900, user: { id: 'local', name: 'me' } }
const problem = (status: number, detail: string): Answer => ({
  status,
  body: { title: 'No', status, detail, code: 'no', requestId: 'r' },
})

describe('getTicket', () => {
  beforeEach(() => {
    fakeBrowser.reset()
  })

  it('pairs once, and keeps the token for this browser session only', async () => {
    const relay = await startRelay((call) => ({ body: call.includes('pair') ? PAIRED : TICKET }))
    expect(await getTicket(relay.url)).toMatchObject({ ok: true, value: { ticket: 'abc', url: TICKET.url } })
    await getTicket(relay.url)
    expect(relay.calls).toEqual(['POST /v1/pair', 'POST /v1/tickets Bearer token-1', 'POST /v1/tickets Bearer token-1'])
    expect(JSON.stringify(await fakeBrowser.storage.local.get())).not.toContain('token-1')
    expect(JSON.stringify(await fakeBrowser.storage.session.get())).toContain('token-1')
  })

  it('never shows the token of one relay to another', async () => {
    const first = await startRelay((call) => ({ body: call.includes('pair') ? PAIRED : TICKET }))
    const second = await startRelay((call) => ({
      body: call.includes('pair') ? { ...PAIRED, accessToken: 'token-2' } : TICKET,
    }))
    await getTicket(first.url)
    await getTicket(second.url)
    expect(second.calls).toEqual(['POST /v1/pair', 'POST /v1/tickets Bearer token-2'])
  })

  it('pairs again when the token is over', async () => {
    let valid = 'token-1'
    const relay = await startRelay((call) => {
      if (call.includes('pair')) return { body: { ...PAIRED, accessToken: valid } }
      return call.endsWith(valid) ? { body: TICKET } : problem(401, 'Over.')
    })
    await getTicket(relay.url)
    valid = 'token-2'
    expect((await getTicket(relay.url)).ok).toBe(true)
    expect(relay.calls.at(-1)).toBe('POST /v1/tickets Bearer token-2')
  })

  it('tells a relay that is away from one that refuses, each with its sentence', async () => {
    const refusing = await startRelay(() => problem(403, 'This relay takes no new devices.'))
    expect(await getTicket(refusing.url)).toEqual({
      ok: false,
      code: 'relay-refused',
      message: 'This relay takes no new devices.',
    })
    const away = await getTicket('http://127.0.0.1:1')
    expect(away).toMatchObject({ ok: false, code: 'relay-unreachable' })
    expect(away.ok ? '' : away.message).toContain('npm start')
  })
})

describe('testRelay', () => {
  const INFO = {
    name: 'aside-relay',
    version: '0.1.0',
    protocols: ['aside.v1'],
    brain: 'local',
    model: 'aside-local',
    engine: 'uws',
    pairing: 'local',
    limits: {},
  }

  it('says who answers and how fast', async () => {
    const relay = await startRelay(() => ({ body: INFO }))
    const answer = await testRelay(relay.url)
    expect(answer).toMatchObject({
      ok: true,
      value: { name: 'aside-relay', version: '0.1.0', brain: 'local', engine: 'uws' },
    })
    expect(answer.ok && Number.isInteger(answer.value.ms)).toBe(true)
  })

  it('tells nobody from somebody else', async () => {
    expect(await testRelay('http://127.0.0.1:1')).toMatchObject({ ok: false, code: 'relay-unreachable' })
    const stranger = await startRelay(() => ({ body: { hello: 'world' } }))
    expect(await testRelay(stranger.url)).toMatchObject({ ok: false, code: 'not-a-relay' })
  })
})
