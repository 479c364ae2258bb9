import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo } from 'node:net'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { fakeBrowser } from 'wxt/testing/fake-browser'
import { getTicket, pairWith, signOut, testRelay } from './relay-account.ts'

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

const INFO = {
  name: 'aside-relay',
  version: '0.1.0',
  protocols: ['aside.v1'],
  brain: 'local',
  model: 'aside-local',
  models: [{ name: 'local', voices: ['Kore'], unsupported: ['persona'] }],
  engine: 'uws',
  pairing: 'local',
  limits: {},
}

const TICKET = { ticket: 'abc', expiresIn: 30, url: 'ws://127.0.0.1:1/v1/live' }
const PAIRED = { accessToken: 'token-1', expiresIn: 900, refreshToken: 'refresh-1', user: { id: 'local', name: 'me' } }
const problem = (status: number, detail: string, code = 'no'): Answer => ({
  status,
  body: { title: 'No', status, detail, code, requestId: 'r' },
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

  it('keeps the sign-in on this computer, and goes on with it in the next browser session', async () => {
    const relay = await startRelay((call) => {
      if (call.includes('pair')) return { body: PAIRED }
      if (call.includes('token')) return { body: { ...PAIRED, accessToken: 'token-2', refreshToken: 'refresh-2' } }
      return { body: TICKET }
    })
    await getTicket(relay.url)
    expect(JSON.stringify(await fakeBrowser.storage.local.get())).toContain('refresh-1')
    await fakeBrowser.storage.session.clear()
    await getTicket(relay.url, 'session-1')
    expect(relay.calls.slice(2)).toEqual(['POST /v1/token', 'POST /v1/tickets Bearer token-2'])
    const local = JSON.stringify(await fakeBrowser.storage.local.get())
    expect([local.includes('refresh-2'), local.includes('refresh-1')]).toEqual([true, false])
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

describe('a relay that wants a code', () => {
  const byCode = (call: string): Answer => {
    if (call.includes('tickets')) return { body: TICKET }
    if (call.includes('logout')) return { body: {} }
    return { body: { ...PAIRED, user: { id: 'ada', name: 'Ada' } } }
  }

  beforeEach(() => {
    fakeBrowser.reset()
  })

  it('knows who we are, until we sign out', async () => {
    const relay = await startRelay((call) =>
      call.includes('GET') ? { body: { ...INFO, pairing: 'code' } } : byCode(call),
    )
    expect(await pairWith(relay.url, { code: 'ABCD' })).toEqual({ ok: true, value: 'Ada' })
    expect(await testRelay(relay.url)).toMatchObject({ ok: true, value: { pairing: 'code', signedInAs: 'Ada' } })
    expect((await getTicket(relay.url)).ok).toBe(true)
    expect(await signOut(relay.url)).toEqual({ ok: true, value: undefined })
    expect(relay.calls.at(-1)).toBe('POST /v1/logout Bearer token-1')
    const after = await testRelay(relay.url)
    expect(after.ok ? after.value.signedInAs : '').toBeUndefined()
    expect(JSON.stringify(await fakeBrowser.storage.local.get())).not.toContain('refresh-1')
  })

  it('says what is wrong with a code', async () => {
    const relay = await startRelay(() => problem(403, 'This code is mistyped.', 'code_not_valid'))
    expect(await pairWith(relay.url, { code: 'X' })).toEqual({
      ok: false,
      code: 'code_not_valid',
      message: 'This code is mistyped.',
    })
  })

  it('is signed out of here even when it is away', async () => {
    const relay = await startRelay((call) => (call.includes('logout') ? problem(503, 'Busy.') : byCode(call)))
    await pairWith(relay.url, { code: 'ABCD' })
    expect(await signOut(relay.url)).toMatchObject({ ok: false, message: 'Busy.' })
    expect(JSON.stringify(await fakeBrowser.storage.local.get())).not.toContain('refresh-1')
  })
})

describe('testRelay', () => {
  it('says who answers and how fast', async () => {
    const relay = await startRelay(() => ({ body: INFO }))
    const answer = await testRelay(relay.url)
    expect(answer).toMatchObject({
      ok: true,
      value: { name: 'aside-relay', version: '0.1.0', brain: 'local', models: INFO.models, engine: 'uws' },
    })
    expect(answer.ok && Number.isInteger(answer.value.ms)).toBe(true)
  })

  it('tells nobody from somebody else', async () => {
    expect(await testRelay('http://127.0.0.1:1')).toMatchObject({ ok: false, code: 'relay-unreachable' })
    const stranger = await startRelay(() => ({ body: { hello: 'world' } }))
    expect(await testRelay(stranger.url)).toMatchObject({ ok: false, code: 'not-a-relay' })
  })
})
