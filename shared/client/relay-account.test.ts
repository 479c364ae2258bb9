import { createServer, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { fetchRelayInfo } from './fetch-relay-info.ts'
import { createRelayAccount, tokensInMemory, type AccountTokens, type RelayAccount } from './relay-account.ts'
import { TicketRefused } from './ticket-refused.ts'
import { askVoicePreview } from './voice-preview.ts'

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

const USER = { id: 'local', name: 'You' }
const PAIRED = { status: 200, body: { accessToken: 'fresh', expiresIn: 900, refreshToken: 'r1', user: USER } }
const TICKET = { status: 200, body: { ticket: 'abc_-9', expiresIn: 30, url: 'ws://127.0.0.1:1/v1/live' } }
const INFO = {
  name: 'aside-relay',
  version: '0.1.0',
  protocols: ['aside.v1'],
  brain: 'local',
  model: 'local',
  models: [{ name: 'local', voices: ['Kore'], unsupported: ['persona'] }],
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

/** Tokens as they are kept from earlier: the access token is good for another hour unless said otherwise. */
function kept(token: string | undefined, refreshToken?: string, leftMs = 3_600_000): AccountTokens {
  const access = token === undefined ? undefined : { token, expiresAtMs: Date.now() + leftMs }
  return { access, refreshToken, user: USER }
}

/** @param tokens kept from earlier */
async function accountOf(baseUrl: string, tokens?: AccountTokens) {
  const keeper = tokensInMemory()
  await keeper.save(tokens)
  const account = createRelayAccount({
    ...{ baseUrl, fetch, keeper, device: 'Test' },
    unpaired: (pairing) => `Enter a ${pairing}.`,
  })
  return { account, keeper }
}

async function refusalOf(account: RelayAccount, signal = never): Promise<TicketRefused> {
  const failure: unknown = await account.getTicket(signal).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(TicketRefused)
  return failure as TicketRefused
}

async function refusal(baseUrl: string, tokens?: AccountTokens): Promise<TicketRefused> {
  return refusalOf((await accountOf(baseUrl, tokens)).account)
}

/** A relay that rotates: each refresh token gives the next pair, once. */
function rotating(first = 1) {
  let generation = first
  return serve((line, bearer) => {
    if (line.endsWith('/token')) {
      generation++
      const body = { accessToken: `a${generation}`, expiresIn: 900, refreshToken: `r${generation}`, user: USER }
      return { status: 200, body }
    }
    return bearer === `Bearer a${generation}` ? TICKET : problem(401, 'token_expired')
  })
}

describe('a ticket', () => {
  it('of a relay that takes anybody of this machine needs no more than to ask', async () => {
    const { asked, baseUrl } = await serve((line) => (line.endsWith('/pair') ? PAIRED : TICKET))
    const { account, keeper } = await accountOf(`${baseUrl}/`)
    expect(await account.getTicket(never)).toMatchObject({ ticket: 'abc_-9', url: 'ws://127.0.0.1:1/v1/live' })
    await account.getTicket(never, 'session-1')
    const json = 'application/json'
    expect(asked).toEqual([
      { line: 'POST /v1/pair', authorization: undefined, contentType: json, body: '{"device":"Test"}' },
      { line: 'POST /v1/tickets', authorization: 'Bearer fresh', contentType: json, body: '{}' },
      { line: 'POST /v1/tickets', authorization: 'Bearer fresh', contentType: json, body: '{"resume":"session-1"}' },
    ])
    expect(await keeper.load()).toMatchObject({ access: { token: 'fresh' }, refreshToken: 'r1', user: USER })
  })

  it.each([
    ['is over', kept('a0', 'r1', -1)],
    ['will be over on its way', kept('a0', 'r1', 20_000)],
    ['was not kept', kept(undefined, 'r1')],
  ])('is asked for with a new token when the old one %s', async (_when, tokens) => {
    const { asked, baseUrl } = await rotating()
    const { account, keeper } = await accountOf(baseUrl, tokens)
    expect((await account.getTicket(never)).ticket).toBe('abc_-9')
    expect(asked.map(({ line, authorization, body }) => [line, authorization, body])).toEqual([
      ['POST /v1/token', undefined, '{"refreshToken":"r1"}'],
      ['POST /v1/tickets', 'Bearer a2', '{}'],
    ])
    expect(await keeper.load()).toMatchObject({ access: { token: 'a2' }, refreshToken: 'r2' })
  })

  it('is asked for once more when the relay finds the token over, whatever our clock says', async () => {
    const { asked, baseUrl } = await rotating()
    const { account } = await accountOf(baseUrl, kept('a0', 'r1'))
    expect((await account.getTicket(never)).ticket).toBe('abc_-9')
    expect(asked.map(({ line }) => line)).toEqual(['POST /v1/tickets', 'POST /v1/token', 'POST /v1/tickets'])
  })

  it('for two callers at once renews the sign-in once', async () => {
    const { asked, baseUrl } = await rotating()
    const { account } = await accountOf(baseUrl, kept('a0', 'r1'))
    await Promise.all([1, 2, 3].map(() => account.getTicket(never)))
    expect(asked.filter(({ line }) => line.endsWith('/token'))).toHaveLength(1)
  })

  it.each([
    ['nobody answers', undefined],
    ['the relay restarts', 503],
    ['too many ask', 429],
    ['a proxy is in the way', 403],
  ])('costs no tokens when %s', async (_why, status) => {
    const { baseUrl } = await serve(() => problem(status ?? 200, 'busy'))
    if (status === undefined) open.pop()?.close()
    const { account, keeper } = await accountOf(baseUrl, kept('a1', 'r1', -1))
    await refusalOf(account)
    expect(await keeper.load()).toMatchObject({ refreshToken: 'r1' })
  })

  it('after a sign-in that is over pairs again, where the relay takes anybody of this machine', async () => {
    const { asked, baseUrl } = await serve((line, bearer) => {
      if (line.endsWith('/pair')) return PAIRED
      if (line.endsWith('/token')) return problem(401, 'refresh_token_not_valid')
      return bearer === 'Bearer fresh' ? TICKET : problem(401, 'device_revoked')
    })
    const { account } = await accountOf(baseUrl, kept('a1', 'r0'))
    expect((await account.getTicket(never)).ticket).toBe('abc_-9')
    expect(asked.map(({ line }) => line.slice('POST /v1/'.length))).toEqual(['tickets', 'token', 'pair', 'tickets'])
  })

  it.each([
    ['code_needed', 'Enter a code.'],
    ['id_token_needed', 'Enter a oidc.'],
  ])('says what a person has to do where the relay does not (%s)', async (code, sentence) => {
    const { baseUrl } = await serve((line) =>
      line.endsWith('/pair') ? problem(400, code) : problem(401, 'refresh_token_reused'),
    )
    const { account, keeper } = await accountOf(baseUrl, kept('a1', 'r0'))
    expect(await refusalOf(account)).toMatchObject({ retryable: false, message: sentence })
    expect(await keeper.load()).toBeUndefined()
  })

  it('is not asked for again when it is refused for another reason', async () => {
    const { asked, baseUrl } = await serve(() => problem(403, 'origin', 'Not from here.'))
    await refusal(baseUrl, kept('a1'))
    expect(asked).toHaveLength(1)
  })

  it('is given up when a fresh token is refused too', async () => {
    const { asked, baseUrl } = await serve((line) =>
      line.endsWith('/pair') ? PAIRED : problem(401, 'not_authorised', 'Pair this device again.'),
    )
    const refused = await refusal(baseUrl, kept('stale'))
    expect(refused).toMatchObject({ retryable: false, message: 'Pair this device again.' })
    expect(asked).toHaveLength(3)
  })

  it.each([403, 421, 426])('is refused for good with %i and says the relay’s own sentence', async (status) => {
    const { baseUrl } = await serve(() => problem(status, 'some_code', 'Do this and that.'))
    expect(await refusal(baseUrl)).toMatchObject({ retryable: false, message: 'Do this and that.' })
  })

  it.each([429, 503])('may try again after %i, not before the relay allows it', async (status) => {
    const { baseUrl } = await serve(() => ({ ...problem(status, 'busy'), headers: { 'retry-after': '7' } }))
    expect(await refusal(baseUrl)).toMatchObject({ retryable: true, retryAfterMs: 7000 })
  })

  it('takes a bare 502 of a proxy for a relay that restarts', async () => {
    const { baseUrl } = await serve(() => ({ status: 502, body: '<h1>Bad gateway</h1>' }))
    const refused = await refusal(baseUrl)
    expect(refused.retryable).toBe(true)
    expect(refused.message).toContain('502')
  })

  it('says how to start a relay when none answers', async () => {
    const { baseUrl } = await serve(() => TICKET)
    open.pop()?.close()
    const refused = await refusal(baseUrl)
    expect(refused).toMatchObject({
      retryable: true,
      message: `No relay answers at ${baseUrl}. Start one with npm start.`,
    })
  })

  it('says what an address looks like when it is none', async () => {
    const refused = await refusal('localhost 8787')
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
    const refused = await refusal(baseUrl, kept('token'))
    expect(refused).toMatchObject({ retryable: false })
    expect(refused.message).toContain('is not an Aside relay')
  })

  it('stops waiting when its caller does', async () => {
    const { asked, baseUrl } = await serve(() => 'silence')
    const caller = new AbortController()
    const refused = refusalOf((await accountOf(baseUrl)).account, caller.signal)
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    caller.abort()
    expect(await refused).toBeInstanceOf(TicketRefused)
  })
})

describe('signing in and out', () => {
  it('pairs with a code, and keeps who that is', async () => {
    const { asked, baseUrl } = await serve(() => PAIRED)
    const { account, keeper } = await accountOf(baseUrl)
    expect(await account.pair({ code: 'ABCD' })).toEqual({ ok: true, value: USER })
    expect(asked[0]?.body).toBe('{"code":"ABCD","device":"Test"}')
    expect(await keeper.load()).toMatchObject({ refreshToken: 'r1', user: USER })
  })

  it('says what is wrong with a code, and leaves who was signed in as they were', async () => {
    const { baseUrl } = await serve(() => problem(403, 'code_not_valid', 'This code is mistyped.'))
    const { account, keeper } = await accountOf(baseUrl, kept('a1', 'r1'))
    expect(await account.pair({ code: 'X' })).toMatchObject({ ok: false, code: 'code_not_valid', status: 403 })
    expect(await keeper.load()).toMatchObject({ refreshToken: 'r1' })
  })

  it('signs out at the relay and here', async () => {
    const { asked, baseUrl } = await serve(() => ({ status: 200, body: '' }))
    const { account, keeper } = await accountOf(baseUrl, kept('a1', 'r1'))
    expect(await account.signOut()).toBeUndefined()
    expect(asked.map(({ line, authorization }) => [line, authorization])).toEqual([['POST /v1/logout', 'Bearer a1']])
    expect(await keeper.load()).toBeUndefined()
    expect(await account.signOut()).toBeUndefined()
    expect(asked).toHaveLength(1)
  })

  it('signs out with a token that is over, too', async () => {
    const { asked, baseUrl } = await serve((line, bearer) => {
      if (line.endsWith('/token')) return PAIRED
      return bearer === 'Bearer fresh' ? { status: 200, body: '' } : problem(401, 'token_expired')
    })
    const { account } = await accountOf(baseUrl, kept('a1', 'r1'))
    expect(await account.signOut()).toBeUndefined()
    expect(asked.map(({ line }) => line.slice('POST /v1/'.length))).toEqual(['logout', 'token', 'logout'])
  })

  it('forgets who it was although the relay is away, and says so', async () => {
    const { baseUrl } = await serve(() => TICKET)
    open.pop()?.close()
    const { account, keeper } = await accountOf(baseUrl, kept('a1', 'r1'))
    expect(await account.signOut()).toMatchObject({ ok: false, status: 0 })
    expect(await keeper.load()).toBeUndefined()
  })
})

describe('a question that only the user may ask', () => {
  const WAV = new Uint8Array([82, 73, 70, 70])
  const preview = (account: RelayAccount, baseUrl: string) =>
    account.ask((token) => askVoicePreview({ baseUrl, fetch }, token, { voice: 'Kore' }))

  it('goes on with a renewed sign-in, and brings sound back as it is', async () => {
    const { asked, baseUrl } = await serve((line, bearer) => {
      if (line.endsWith('/token')) return { ...PAIRED, body: { ...PAIRED.body, accessToken: 'newer' } }
      if (bearer !== 'Bearer newer') return problem(401, 'token_expired')
      return { status: 200, body: Buffer.from(WAV).toString('latin1'), headers: { 'content-type': 'audio/wav' } }
    })
    const { account } = await accountOf(baseUrl, kept('older', 'r1'))
    expect(await preview(account, baseUrl)).toEqual({ ok: true, value: WAV })
    expect(asked.at(-1)).toMatchObject({ line: 'POST /v1/voices/preview', body: '{"voice":"Kore"}' })
  })

  it('is answered with the sentence of who refused it', async () => {
    const { baseUrl } = await serve((line) =>
      line.endsWith('/pair') ? PAIRED : problem(429, 'too_many_requests', 'Wait a minute.'),
    )
    const { account } = await accountOf(baseUrl)
    expect(await preview(account, baseUrl)).toMatchObject({ ok: false, status: 429, fault: 'Wait a minute.' })
  })

  it('says what to do when nobody is signed in', async () => {
    const { baseUrl } = await serve(() => problem(400, 'code_needed'))
    const { account } = await accountOf(baseUrl)
    expect(await preview(account, baseUrl)).toMatchObject({ ok: false, status: 401, fault: 'Enter a code.' })
  })

  it('takes nothing for sound that is not', async () => {
    const { baseUrl } = await serve((line) => (line.endsWith('/pair') ? PAIRED : TICKET))
    const { account } = await accountOf(baseUrl)
    expect(await preview(account, baseUrl)).toMatchObject({ ok: false, retryable: false })
  })
})

describe('fetchRelayInfo', () => {
  it('reads what the relay says about itself', async () => {
    const { asked, baseUrl } = await serve(() => ({ status: 200, body: { ...INFO, laterField: 1 } }))
    expect(await fetchRelayInfo(baseUrl, fetch)).toEqual({ ok: true, value: INFO })
    expect(asked[0]?.line).toBe('GET /v1/relay')
  })

  it('knows nothing of the models of a relay that does not tell', async () => {
    const { models: _, ...older } = INFO
    const { baseUrl } = await serve(() => ({ status: 200, body: older }))
    expect(await fetchRelayInfo(baseUrl, fetch)).toEqual({ ok: true, value: { ...INFO, models: [] } })
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
