import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchRelayInfo } from './fetch-relay-info.ts'
import { createTicketSource, pairLocally, requestTicket, type TicketSourceOptions } from './ticket-client.ts'
import { TicketRefused } from './ticket-refused.ts'

interface Reply {
  readonly status: number
  readonly body: unknown
  readonly headers?: Record<string, string>
}
interface Asked {
  readonly line: string
  readonly authorization: string | undefined
  readonly contentType: string | undefined
  readonly body: string
}

const PAIRED = { status: 200, body: { accessToken: 'fresh', expiresIn: 900, user: { id: 'local', name: 'You' } } }
const TICKET = { status: 200, body: { ticket: 'abc_-9', expiresIn: 30, url: 'ws://127.0.0.1:1/v1/live' } }
const INFO = {
  name: 'aside-relay',
  version: '0.1.0',
  protocols: ['aside.v1'],
  brain: 'local',
  model: 'local',
  engine: 'ws',
  pairing: 'local',
  limits: {},
}
const never = new AbortController().signal

const open: Server[] = []
afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A real HTTP server that answers as scripted; `replies` gets `POST /v1/pair` and the bearer token. */
async function serve(replies: (line: string, bearer: string | undefined) => Reply | 'silence') {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const line = `${request.method ?? ''} ${request.url ?? ''}`
      const { authorization, 'content-type': contentType } = request.headers
      asked.push({ line, authorization, contentType, body })
      const reply = replies(line, authorization)
      if (reply === 'silence') return
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
      response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body))
    })
  })
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { asked, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function problem(status: number, code: string, detail?: string): Reply {
  return {
    status,
    body: { title: 'Refused', status, code, requestId: 'r1', ...(detail === undefined ? {} : { detail }) },
  }
}

async function refusalOf(options: TicketSourceOptions, signal = never): Promise<TicketRefused> {
  const failure: unknown = await createTicketSource(options)
    .getTicket(signal)
    .then(
      () => undefined,
      (error: unknown) => error,
    )
  expect(failure).toBeInstanceOf(TicketRefused)
  return failure as TicketRefused
}

describe('a ticket source', () => {
  it('pairs, then asks for tickets with the token it got', async () => {
    const { asked, baseUrl } = await serve((line) => (line.endsWith('/pair') ? PAIRED : TICKET))
    const saved: string[] = []
    const saveToken = (token: string) => {
      saved.push(token)
      return Promise.resolve()
    }
    const source = createTicketSource({
      baseUrl: `${baseUrl}/`,
      fetch,
      saveToken,
    })

    expect(await source.getTicket(never)).toMatchObject({ ticket: 'abc_-9', url: 'ws://127.0.0.1:1/v1/live' })
    await source.getTicket(never)

    expect(asked).toEqual([
      { line: 'POST /v1/pair', authorization: undefined, contentType: 'application/json', body: '{}' },
      { line: 'POST /v1/tickets', authorization: 'Bearer fresh', contentType: 'application/json', body: '{}' },
      { line: 'POST /v1/tickets', authorization: 'Bearer fresh', contentType: 'application/json', body: '{}' },
    ])
    expect(saved).toEqual(['fresh'])
  })

  it('uses a token kept from earlier and pairs again once when it is no longer taken', async () => {
    const { asked, baseUrl } = await serve((line, bearer) => {
      if (line.endsWith('/pair')) return PAIRED
      return bearer === 'Bearer fresh' ? TICKET : problem(401, 'not_authorised')
    })
    const source = createTicketSource({ baseUrl, fetch, loadToken: () => Promise.resolve('stale') })

    expect((await source.getTicket(never)).ticket).toBe('abc_-9')
    expect(asked.map(({ line, authorization }) => [line, authorization])).toEqual([
      ['POST /v1/tickets', 'Bearer stale'],
      ['POST /v1/pair', undefined],
      ['POST /v1/tickets', 'Bearer fresh'],
    ])
  })

  it('does not pair again when it is refused for another reason', async () => {
    const { asked, baseUrl } = await serve(() => problem(403, 'origin', 'Not from here.'))
    await refusalOf({ baseUrl, fetch, loadToken: () => Promise.resolve('kept') })
    expect(asked).toHaveLength(1)
  })

  it('gives up when a fresh token is refused too', async () => {
    const { asked, baseUrl } = await serve((line) =>
      line.endsWith('/pair') ? PAIRED : problem(401, 'not_authorised', 'Pair this device again.'),
    )
    const refused = await refusalOf({ baseUrl, fetch, loadToken: () => Promise.resolve('stale') })

    expect(refused).toMatchObject({ retryable: false, message: 'Pair this device again.' })
    expect(asked).toHaveLength(3)
  })

  it.each([403, 421, 426])('is refused for good with %i and says the relay’s own sentence', async (status) => {
    const { baseUrl } = await serve(() => problem(status, 'some_code', 'Do this and that.'))
    expect(await refusalOf({ baseUrl, fetch })).toMatchObject({ retryable: false, message: 'Do this and that.' })
  })

  it.each([429, 503])('may try again after %i, not before the relay allows it', async (status) => {
    const { baseUrl } = await serve(() => ({ ...problem(status, 'busy'), headers: { 'retry-after': '7' } }))
    expect(await refusalOf({ baseUrl, fetch })).toMatchObject({ retryable: true, retryAfterMs: 7000 })
  })

  it('takes a bare 502 of a proxy for a relay that restarts', async () => {
    const { baseUrl } = await serve(() => ({ status: 502, body: '<h1>Bad gateway</h1>' }))
    const refused = await refusalOf({ baseUrl, fetch })
    expect(refused.retryable).toBe(true)
    expect(refused.message).toContain('502')
  })

  it('says how to start a relay when none answers', async () => {
    const { baseUrl } = await serve(() => TICKET)
    open.pop()?.close()
    const refused = await refusalOf({ baseUrl, fetch })
    expect(refused).toMatchObject({
      retryable: true,
      message: `No relay answers at ${baseUrl}. Start one with npm start.`,
    })
  })

  it('says what an address looks like when it is none', async () => {
    const refused = await refusalOf({ baseUrl: 'localhost 8787', fetch })
    expect(refused).toMatchObject({ retryable: false })
    expect(refused.message).toContain('http://127.0.0.1:8787')
  })

  it.each([
    ['HTML', { status: 200, body: '<html></html>' }],
    ['404', { status: 404, body: 'Not found' }],
    ['other JSON', { status: 200, body: { hello: 'world' } }],
    ['a ticket that fits in no header', { status: 200, body: { ...TICKET.body, ticket: 'a b' } }],
    ['a ticket for no socket', { status: 200, body: { ...TICKET.body, url: 'http://x' } }],
  ])('knows that %s does not come from a relay', async (_what, reply) => {
    const { baseUrl } = await serve(() => reply)
    const refused = await refusalOf({ baseUrl, fetch, loadToken: () => Promise.resolve('token') })
    expect(refused).toMatchObject({ retryable: false })
    expect(refused.message).toContain('is not an Aside relay')
  })

  it('stops waiting when its caller does', async () => {
    const { asked, baseUrl } = await serve(() => 'silence')
    const caller = new AbortController()
    const refused = refusalOf({ baseUrl, fetch }, caller.signal)
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    caller.abort()
    expect(await refused).toBeInstanceOf(TicketRefused)
  })
})

describe('pairing and asking one by one', () => {
  it('answers with the token, and with the ticket for it', async () => {
    const { baseUrl } = await serve((line) => (line.endsWith('/pair') ? PAIRED : TICKET))
    const token = await pairLocally(baseUrl, fetch, never)
    expect(token).toBe('fresh')
    expect(await requestTicket(baseUrl, fetch, token, never)).toMatchObject({ ticket: 'abc_-9' })
  })
})

describe('fetchRelayInfo', () => {
  it('reads what the relay says about itself', async () => {
    const { asked, baseUrl } = await serve(() => ({ status: 200, body: { ...INFO, laterField: 1 } }))
    expect(await fetchRelayInfo(baseUrl, fetch)).toEqual({ ok: true, value: INFO })
    expect(asked[0]?.line).toBe('GET /v1/relay')
  })

  it('says so when the relay speaks another protocol', async () => {
    const { baseUrl } = await serve(() => ({ status: 200, body: { ...INFO, protocols: ['aside.v9'] } }))
    const answer = await fetchRelayInfo(baseUrl, fetch)
    expect(answer).toMatchObject({ ok: false, retryable: false })
    expect(answer.ok ? '' : answer.fault).toContain('aside.v1')
  })

  it('says so when nobody is there or it is somebody else', async () => {
    const { baseUrl } = await serve(() => ({ status: 200, body: { name: 'other' } }))
    const other = await fetchRelayInfo(baseUrl, fetch)
    expect(other.ok ? '' : other.fault).toContain('is not an Aside relay')
    open.pop()?.close()
    expect(await fetchRelayInfo(baseUrl, fetch)).toMatchObject({ ok: false, status: 0, retryable: true })
  })
})
