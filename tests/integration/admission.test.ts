import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { createAuthority } from '../../relay/auth/authority.ts'
import { createHostCheck } from '../../relay/auth/host.ts'
import { limitRates } from '../../relay/auth/limits.ts'
import { extensionOrigins } from '../../relay/auth/origin.ts'
import { createRoutes } from '../../relay/http/routes.ts'
import { createLogger } from '../../relay/logger.ts'
import { silentMetrics } from '../../relay/metrics.ts'
import { createMemoryStore } from '../../relay/store/memory-store.ts'
import { decideAdmission, type Capacity } from '../../relay/transport/admission.ts'
import { chooseEngine, type Engine } from '../../relay/transport/load-engine.ts'
import { problemResponse } from '../../relay/transport/problem.ts'
import { nodeFetch } from '../../scripts/talk/node-fetch.ts'
import { createTicketSource } from '../../shared/client/ticket-client.ts'
import { TicketRefused } from '../../shared/client/ticket-refused.ts'
import { PROTOCOL, offeredProtocols } from '../../shared/protocol/version.ts'
import { RawSocket, upgradeRequest } from '../support/raw-socket.ts'
import { startServer } from '../support/transport-server.ts'

const EXTENSION_ID = 'knfpaakmnadpbecgiplicddldlkfepni'
const ORIGIN = `chrome-extension://${EXTENSION_ID}`

const engines = await Promise.all([chooseEngine('uws'), chooseEngine('ws')])

describe.each(engines)('admission on $name', (engine) => {
  it('lets a command-line client pair, ask for a ticket and connect, each socket with its own', async () => {
    const { http } = await startDoor(engine)
    const source = createTicketSource({ baseUrl: http, fetch: nodeFetch })
    for (let index = 0; index < 3; index++) {
      const { ticket, url } = await source.getTicket(new AbortController().signal)
      expect(url).toBe(`${http.replace('http', 'ws')}/v1/live`)
      const client = new WebSocket(url, offeredProtocols(ticket))
      onTestFinished(() => client.terminate())
      const [message] = (await once(client, 'message')) as [Buffer]
      expect(client.protocol).toBe(PROTOCOL)
      expect(message.toString()).toBe('hello local')
    }
  })

  it('tells who asks too early to come back, in a sentence', async () => {
    const door = await startDoor(engine)
    door.capacity = 'draining'
    const source = createTicketSource({ baseUrl: door.http, fetch: nodeFetch })
    const refused = source.getTicket(new AbortController().signal)
    await expect(refused).rejects.toMatchObject({
      message: 'The relay is restarting. Try again in a moment.',
      retryable: true,
      retryAfterMs: 2000,
    })
    await expect(refused).rejects.toBeInstanceOf(TicketRefused)
  })

  it('refuses a socket with a reason and a sentence', async () => {
    const door = await startDoor(engine)
    const { ticket } = await createTicketSource({ baseUrl: door.http, fetch: nodeFetch }).getTicket(
      new AbortController().signal,
    )
    const withTicket = { 'Sec-WebSocket-Protocol': offeredProtocols(ticket).join(', ') }
    const attempts: [Record<string, string | undefined>, number, string, RegExp][] = [
      [{ ...withTicket, Host: 'evil.example' }, 421, 'wrong_host', /not known under the name/],
      [{ ...withTicket, Origin: 'https://evil.example' }, 403, 'origin_not_allowed', /Only the Aside extension/],
      [{ 'Sec-WebSocket-Protocol': 'other.v1' }, 426, 'protocol_not_supported', /speaks aside\.v1/],
      [{ ...withTicket, 'Sec-WebSocket-Version': '8' }, 426, 'websocket_version', /version 13/],
      [{ 'Sec-WebSocket-Protocol': 'aside.v1, ticket.wrong' }, 401, 'ticket_not_valid', /Ask for a new one/],
      // Asked for without an origin, so it is of no use to the extension; and gone now.
      [{ ...withTicket, Origin: ORIGIN }, 401, 'ticket_not_valid', /Ask for a new one/],
      [withTicket, 401, 'ticket_not_valid', /Ask for a new one/],
    ]
    for (const [headers, status, code, sentence] of attempts) {
      const answer = await refusedUpgrade(door.port, headers)
      expect(answer.status).toBe(status)
      expect(answer.problem).toMatchObject({ status, code, detail: expect.stringMatching(sentence) as string })
      expect(answer.problem['requestId']).toMatch(/^[0-9a-f-]{36}$/)
    }
    expect(door.conversations).toBe(0)
  })

  it('opens one of 50 sockets that come with the same ticket', async () => {
    const door = await startDoor(engine)
    const { ticket } = await createTicketSource({ baseUrl: door.http, fetch: nodeFetch }).getTicket(
      new AbortController().signal,
    )
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const raw = await RawSocket.connect(door.port)
        raw.write(upgradeRequest('/v1/live', { 'Sec-WebSocket-Protocol': offeredProtocols(ticket).join(',') }))
        const [line] = (await raw.until('\r\n\r\n')).split('\r\n')
        raw.destroy()
        return line
      }),
    )
    expect(answers.filter((line) => line === 'HTTP/1.1 101 Switching Protocols')).toHaveLength(1)
    expect(answers.filter((line) => line === 'HTTP/1.1 401 Unauthorized')).toHaveLength(49)
    expect(door.conversations).toBe(1)
  })

  it('pairs with nobody who comes through a proxy, a web page or another name', async () => {
    const { port } = await startDoor(engine)
    const json = { 'content-type': 'application/json' }
    expect(await pair(port, json)).toBe(200)
    expect(await pair(port, { ...json, origin: ORIGIN })).toBe(200)
    expect(await pair(port, { ...json, origin: 'https://evil.example' })).toBe(403)
    expect(await pair(port, { ...json, 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await pair(port, { ...json, 'X-Forwarded-For': '127.0.0.1' })).toBe(403)
    expect(await pair(port, { ...json, host: 'evil.example' })).toBe(421)
    expect(await pair(port, { 'content-type': 'text/plain' })).toBe(415)
  })
})

/** The relay's front door without the rooms behind: an engine, the routes and admission. */
async function startDoor({ start }: Engine) {
  const logger = createLogger('silent', { write: () => undefined })
  const store = createMemoryStore({ logger })
  const authority = createAuthority({
    secrets: ['a secret of at least thirty-two characters'],
    store,
    pairing: { kind: 'local' },
    trustedProxies: [],
    rates: limitRates(2),
    onTrouble: (error) => {
      throw error
    },
  })
  const allowedOrigins = extensionOrigins([EXTENSION_ID])
  const isOwnHost = createHostCheck('127.0.0.1', undefined)
  const door = { capacity: 'open' as Capacity, conversations: 0, http: '', port: 0 }
  const capacity = () => Promise.resolve(door.capacity)
  const routes = createRoutes({
    isOwnHost,
    allowedOrigins,
    authority,
    capacity,
    readiness: () => Promise.resolve([]),
    metrics: silentMetrics(),
    logger,
    info: () => {
      throw new Error('nobody asks here')
    },
    speakSample: () => Promise.reject(new Error('nobody tries a voice here')),
    store,
    dailyLimits: {},
    localUserName: 'You',
  })
  const server = await startServer(start, {
    onRequest: routes,
    onUpgrade: async (request) => {
      const admission = await decideAdmission(request, {
        isOwnHost,
        allowedOrigins,
        capacity,
        takeTicket: (ticket, origin) => authority.tickets.take(ticket, origin),
        isRevoked: (deviceId) => authority.revocation.isRevoked(deviceId),
      })
      if (!admission.admitted) return { accept: false, response: problemResponse(admission.refusal) }
      return {
        accept: true,
        protocol: PROTOCOL,
        open: (peer) => {
          door.conversations++
          peer.sendText(`hello ${admission.identity.user.id}`)
          const ignore = () => undefined
          return { onText: ignore, onBinary: ignore, onDrain: ignore, onClose: ignore }
        },
      }
    },
  })
  door.http = server.http
  door.port = server.transport.port
  return door
}

async function refusedUpgrade(port: number, headers: Readonly<Record<string, string | undefined>>) {
  const raw = await RawSocket.connect(port)
  raw.write(upgradeRequest('/v1/live', headers))
  const answer = await raw.until('}')
  raw.destroy()
  const body = answer.slice(answer.indexOf('\r\n\r\n'))
  return { status: Number(answer.split(' ')[1]), problem: JSON.parse(body) as Record<string, unknown> }
}

/** Not `fetch`, which sets some of these headers itself. */
async function pair(port: number, headers: Readonly<Record<string, string>>): Promise<number> {
  const request = httpRequest({ host: '127.0.0.1', port, path: '/v1/pair', method: 'POST', headers, agent: false })
  request.end('{}')
  const [response] = (await once(request, 'response')) as [{ statusCode: number; resume: () => void }]
  response.resume()
  return response.statusCode
}
