import { type IncomingMessage, type ServerResponse } from 'node:http'
import { type Duplex } from 'node:stream'
import {
  announcesTooMuch,
  answerRequest,
  BODY_TOO_LARGE,
  BodyCollector,
  refuse,
  type RawRequest,
  type RawResponse,
} from './exchange.ts'
import { type Refusal } from './problem.ts'
import { plainAddress } from './remote-address.ts'
import { type TransportOptions } from './transport.ts'

/** Answers one request of Node's HTTP server through the relay's routes. Never rejects. */
export async function serveNodeRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: TransportOptions,
): Promise<void> {
  const raw = rawRequest(request)
  const remoteAddress = plainAddress(request.socket.remoteAddress ?? '')
  const body = await readBody(request, raw, options.maxBodyBytes)
  if (body === 'aborted') return
  const gone = new AbortController()
  response.once('close', () => response.writableFinished || gone.abort())
  // Node reads what is left of a refused body and throws it away, so the connection is not reset and the answer arrives.
  const answer =
    body instanceof Uint8Array
      ? await answerRequest(raw, body, remoteAddress, options, gone.signal)
      : await refuse(body)
  if (!response.destroyed) write(response, answer, raw.method)
}

/** @returns the request as both engines hand it on */
export function rawRequest(request: IncomingMessage): RawRequest {
  const headers: [string, string][] = []
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2)
    headers.push([request.rawHeaders[index] ?? '', request.rawHeaders[index + 1] ?? ''])
  return { method: request.method ?? 'GET', target: request.url ?? '/', headers }
}

/** Answers an upgrade request with something else than 101 and closes the connection. */
export function refuseUpgrade(socket: Duplex, { status, statusText, headers, body }: RawResponse): void {
  const bytes = body ?? new Uint8Array()
  const lines = [
    `HTTP/1.1 ${status} ${statusText}`,
    ...headers.filter(([name]) => name !== 'connection').map(([name, value]) => `${name}: ${value}`),
    `content-length: ${bytes.byteLength}`,
    'connection: close',
  ]
  socket.once('finish', () => socket.destroy())
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  socket.end(bytes)
}

function readBody(
  request: IncomingMessage,
  raw: RawRequest,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | Refusal | 'aborted'> {
  if (announcesTooMuch(raw, limit)) return Promise.resolve(BODY_TOO_LARGE)
  const collector = new BodyCollector(limit)
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => {
      if (!collector.push(chunk)) resolve(BODY_TOO_LARGE)
    })
    request.on('end', () => resolve(collector.bytes()))
    // Also after a time-out, which Node answers itself with 408.
    request.on('close', () => resolve('aborted'))
    request.on('error', () => resolve('aborted'))
  })
}

function write(response: ServerResponse, { status, statusText, headers, body }: RawResponse, method: string): void {
  response.writeHead(status, statusText, [
    ...headers.flat(),
    ...(body === undefined ? [] : ['content-length', String(body.byteLength)]),
  ])
  response.end(method === 'HEAD' ? undefined : body)
}
