import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import { PROBLEM_CONTENT_TYPE } from '../../shared/protocol/problem.ts'
import { PortTakenError, type StartTransport } from '../../relay/transport/transport.ts'
import { RawSocket, upgradeRequest } from '../support/raw-socket.ts'
import { freePort, MAX_BODY_BYTES, startServer } from '../support/transport-server.ts'

/** What every engine promises of requests that are not sockets, and of its port. */
export function httpContract(start: StartTransport): void {
  describe('requests', () => {
    it('hands over a request as the web knows it and writes the response back', async () => {
      const server = await startServer(start, {
        onRequest: async (request, peer) =>
          Response.json(
            {
              method: request.method,
              url: request.url,
              header: request.headers.get('x-test'),
              origin: request.headers.get('origin'),
              body: await request.text(),
              remoteAddress: peer.remoteAddress,
            },
            { status: 201, headers: { 'x-answer': 'yes', 'retry-after': '3' } },
          ),
      })
      const response = await fetch(`${server.http}/v1/some%20path?a=1&b=%C3%BC`, {
        method: 'POST',
        headers: { 'x-test': 'value', origin: 'chrome-extension://abc' },
        body: 'größer 🙂',
      })
      expect(response.status).toBe(201)
      expect(response.headers.get('x-answer')).toBe('yes')
      expect(response.headers.get('retry-after')).toBe('3')
      expect(await response.json()).toEqual({
        method: 'POST',
        url: `${server.http}/v1/some%20path?a=1&b=%C3%BC`,
        header: 'value',
        origin: 'chrome-extension://abc',
        body: 'größer 🙂',
        remoteAddress: '127.0.0.1',
      })
    })

    it('leaves an address without a query as it is', async () => {
      const server = await startServer(start, { onRequest: (request) => Promise.resolve(new Response(request.url)) })
      expect(await (await fetch(`${server.http}/v1/relay`)).text()).toBe(`${server.http}/v1/relay`)
    })

    it('takes a body in pieces', async () => {
      const server = await startServer(start, { onRequest: async (request) => new Response(await request.text()) })
      const body = new ReadableStream<Uint8Array>({
        async start(controller) {
          for (const piece of ['one ', 'two ', 'three']) {
            controller.enqueue(new TextEncoder().encode(piece))
            await new Promise((resolve) => setTimeout(resolve, 20))
          }
          controller.close()
        },
      })
      const response = await fetch(server.http, { method: 'POST', body, duplex: 'half' } as RequestInit)
      expect(await response.text()).toBe('one two three')
    })

    it('answers HEAD with the headers alone, OPTIONS and 304 without a body, and keeps the connection', async () => {
      const server = await startServer(start, {
        onRequest: (request) => {
          if (request.method === 'OPTIONS') return Promise.resolve(new Response(null, { status: 204 }))
          if (request.url.endsWith('/same')) return Promise.resolve(new Response(null, { status: 304 }))
          return Promise.resolve(new Response('12345'))
        },
      })
      const raw = await RawSocket.connect(server.transport.port)
      for (const line of ['HEAD / ', 'OPTIONS / ', 'GET /same ', 'GET /last ']) {
        const before = raw.received.length
        raw.write(`${line}HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
        await raw.until('\r\n\r\n')
        while (!raw.received.slice(before).includes('\r\n\r\n')) await once(raw.socket, 'data')
      }
      await raw.until('12345')
      raw.destroy()
      const [head, options, same, last] = raw.received.split('HTTP/1.1 ').slice(1)
      expect(head).toMatch(/^200 OK\r\n/)
      expect(head).toMatch(/content-length: 5\r\n/i)
      expect(head).toMatch(/\r\n\r\n$/)
      expect(options).toMatch(/^204 No Content\r\n/)
      expect(options).not.toMatch(/content-length/i)
      expect(same).toMatch(/^304 Not Modified\r\n/)
      expect(last).toMatch(/^200 OK\r\n[^]*\r\n\r\n12345$/)
    })

    it('answers 500 without the cause when the relay throws, and reports it under the same id', async () => {
      const error = new Error('secret cause')
      const server = await startServer(start, { onRequest: () => Promise.reject(error) })
      const response = await fetch(server.http)
      expect(response.status).toBe(500)
      expect(response.headers.get('content-type')).toBe(PROBLEM_CONTENT_TYPE)
      const text = await response.text()
      expect(text).not.toContain('secret')
      const problem = JSON.parse(text) as { code: string; requestId: string }
      expect(problem.code).toBe('internal')
      expect(server.faults).toEqual([{ during: 'request', error, requestId: problem.requestId }])
    })

    it('tells whoever answers that nobody waits any more', async () => {
      const asked = Promise.withResolvers<undefined>()
      const gone = Promise.withResolvers<undefined>()
      const server = await startServer(start, {
        onRequest: async ({ url, signal }) => {
          if (!url.endsWith('/slow')) return new Response('ok')
          signal.addEventListener('abort', () => gone.resolve(undefined), { once: true })
          asked.resolve(undefined)
          await gone.promise
          return new Response('too late')
        },
      })
      const raw = await RawSocket.connect(server.transport.port)
      raw.write('GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
      await asked.promise
      raw.destroy()
      await gone.promise
      await server.expectAlive()
    })

    it('refuses what is no web request', async () => {
      let asked = false
      const server = await startServer(start, {
        onRequest: () => {
          asked = true
          return Promise.resolve(new Response('ok'))
        },
      })
      for (const request of [
        'GET / HTTP/1.1\r\nHost: user@evil/path\r\n\r\n',
        'GET / HTTP/1.1\r\nHost: two words\r\n\r\n',
        'OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
      ]) {
        const raw = await RawSocket.connect(server.transport.port)
        raw.write(request)
        // uWebSockets.js itself answers the last of them with 505.
        expect(await raw.until('\r\n\r\n')).toMatch(/^HTTP\/1.1 (400|505) /)
        raw.destroy()
      }
      expect(asked).toBe(false)
      await server.expectAlive()
    })
  })

  describe('limits of requests', () => {
    it('answers 413 to a body that is too large, announced or not', async () => {
      let asked = 0
      const server = await startServer(start, {
        onRequest: () => {
          asked++
          return Promise.resolve(new Response('ok'))
        },
      })
      const fits = await fetch(server.http, { method: 'POST', body: 'x'.repeat(MAX_BODY_BYTES) })
      expect(fits.status).toBe(200)
      await fits.text()
      expect(asked).toBe(1)

      for (const chunked of [false, true]) {
        const { status, body } = await post(server.transport.port, 'x'.repeat(MAX_BODY_BYTES + 1), chunked)
        expect(status).toBe(413)
        expect(JSON.parse(body)).toMatchObject({ status: 413, code: 'body_too_large' })
      }
      expect(asked).toBe(1)
    })

    it('answers 431 to headers of more than 16 KiB and takes 12', async () => {
      const server = await startServer(start)
      const large = await fetch(server.http, { headers: { 'x-large': 'x'.repeat(12 * 1024) } })
      expect(large.status).toBe(200)
      await large.text()
      const raw = await RawSocket.connect(server.transport.port)
      raw.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: ${'x'.repeat(20 * 1024)}\r\n\r\n`)
      expect(await raw.until('\r\n')).toMatch(/^HTTP\/1.1 431 /)
      raw.destroy()
    })

    it('answers 408 to a body that does not arrive and never asks the relay', async () => {
      let asked = false
      const server = await startServer(start, {
        requestTimeoutMs: 400,
        onRequest: () => {
          asked = true
          return Promise.resolve(new Response('ok'))
        },
      })
      const raw = await RawSocket.connect(server.transport.port)
      raw.write('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\nabc')
      expect(await raw.until('\r\n')).toMatch(/^HTTP\/1.1 408 /)
      await raw.closed
      expect(asked).toBe(false)
    })
  })

  describe('refused upgrades', () => {
    it('carry the status and the body that was decided', async () => {
      const server = await startServer(start, {
        onUpgrade: (request) => ({
          accept: false,
          response: Response.json(
            { path: request.path, origin: request.header('origin'), none: request.header('x-none') ?? null },
            { status: 401, headers: { 'content-type': PROBLEM_CONTENT_TYPE, 'www-authenticate': 'Bearer' } },
          ),
        }),
      })
      const raw = await RawSocket.connect(server.transport.port)
      raw.write(upgradeRequest('/v1/live?x=1', { Origin: 'chrome-extension://abc' }))
      const answer = await raw.until('}')
      raw.destroy()
      expect(answer).toMatch(/^HTTP\/1.1 401 Unauthorized\r\n/)
      expect(answer).toMatch(/www-authenticate: Bearer\r\n/i)
      expect(answer).toMatch(/content-type: application\/problem\+json\r\n/i)
      expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({
        path: '/v1/live',
        origin: 'chrome-extension://abc',
        none: null,
      })
    })

    it('are 426 for any version but 13, before anybody is asked', async () => {
      let asked = false
      const server = await startServer(start, {
        onUpgrade: () => {
          asked = true
          return { accept: false, response: new Response() }
        },
      })
      for (const version of ['8', '12', '14', '013', '', undefined]) {
        const raw = await RawSocket.connect(server.transport.port)
        raw.write(upgradeRequest('/v1/live', { 'Sec-WebSocket-Version': version }))
        const answer = await raw.until('}')
        raw.destroy()
        expect(answer).toMatch(/^HTTP\/1.1 426 Upgrade Required\r\n/)
        expect(answer).toMatch(/sec-websocket-version: 13\r\n/i)
      }
      expect(asked).toBe(false)
    })

    it('are 500 without the cause when the decision throws', async () => {
      const error = new Error('secret cause')
      const server = await startServer(start, { onUpgrade: () => Promise.reject(error) })
      const raw = await RawSocket.connect(server.transport.port)
      raw.write(upgradeRequest('/v1/live'))
      const answer = await raw.until('}')
      raw.destroy()
      expect(answer).toMatch(/^HTTP\/1.1 500 /)
      expect(answer).not.toContain('secret')
      expect(server.faults).toMatchObject([{ during: 'upgrade', error }])
    })
  })

  describe('the port', () => {
    it('says in a sentence that it is taken', async () => {
      const server = await startServer(start, { port: await freePort() })
      const attempt = startServer(start, { port: server.transport.port })
      await expect(attempt).rejects.toBeInstanceOf(PortTakenError)
      await expect(attempt).rejects.toThrow(`Port ${server.transport.port} on 127.0.0.1 is already in use.`)
      await server.expectAlive()
    })

    it('says in a sentence that the host is not of this machine', async () => {
      // RFC 5737: never assigned to anybody.
      await expect(startServer(start, { host: '192.0.2.1' })).rejects.toThrow(
        '192.0.2.1 is not an address of this machine',
      )
    })

    it.runIf(process.platform === 'linux')('may be shared on purpose', async () => {
      const port = await freePort()
      const first = await startServer(start, { port, sharePort: true })
      const second = await startServer(start, { port, sharePort: true })
      expect(second.transport.port).toBe(first.transport.port)
    })
  })
}

/** Posts without stopping when the answer comes early, and reads it. */
function post(port: number, body: string, chunked: boolean): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': Buffer.byteLength(body) }
    const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}
