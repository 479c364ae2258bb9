import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import { INTERNAL_FAULT, problemResponse, type Refusal } from './problem.ts'
import { type TransportOptions, type UpgradeDecision, type UpgradeRequest } from './transport.ts'

/** Largest request line and headers together, bytes; above → 431. */
export const MAX_HEADER_BYTES = 16 * 1024

/** Default of `requestTimeoutMs`: a body of the largest size over a poor line. */
export const REQUEST_TIMEOUT_MS = 30_000

/** After its close frame a socket has this long to take it, ms, before the connection is cut. */
export const CLOSE_GRACE_MS = 500

export const BODY_TOO_LARGE: Refusal = {
  status: 413,
  code: 'body_too_large',
  detail: 'The request is larger than the relay takes.',
}

export const REQUEST_TIMEOUT: Refusal = {
  status: 408,
  code: 'request_timeout',
  detail: 'The request did not arrive completely in time.',
}

/** What an engine has read of one HTTP request. */
export interface RawRequest {
  readonly method: string
  /** Path and query as they stood on the request line. */
  readonly target: string
  /** In the order they came; names may repeat. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** A response with its body read, as an engine writes it. */
export interface RawResponse {
  readonly status: number
  readonly statusText: string
  /** Without `content-length`: engines say it themselves. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Undefined where a response has none by its status (RFC 9110 §6.4.1). */
  readonly body: Uint8Array<ArrayBuffer> | undefined
}

/** Collects a request's body up to a limit. */
export class BodyCollector {
  readonly #limit: number
  readonly #chunks: Uint8Array[] = []
  #bytes = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** @returns whether the body still fits; afterwards it never does. @param chunk kept, not copied */
  push(chunk: Uint8Array): boolean {
    this.#bytes += chunk.byteLength
    if (this.#bytes > this.#limit) return false
    if (chunk.byteLength > 0) this.#chunks.push(chunk)
    return true
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return Buffer.concat(this.#chunks)
  }
}

/** @returns whether the announced length alone is a reason for 413 */
export function announcesTooMuch(raw: RawRequest, limit: number): boolean {
  return Number(firstHeader(raw, 'content-length') ?? 0) > limit
}

/** @param name lower case */
export function firstHeader(raw: RawRequest, name: string): string | undefined {
  return raw.headers.find(([key]) => key.toLowerCase() === name)?.[1]
}

/**
 * Answers one request through the relay's routes. Never rejects: what they throw is reported and answered with 500.
 *
 * @param gone aborts when nobody waits for the answer any more; the request's own signal then does too
 */
export async function answerRequest(
  raw: RawRequest,
  body: Uint8Array<ArrayBuffer>,
  remoteAddress: string,
  options: Pick<TransportOptions, 'onRequest' | 'onFault'>,
  gone: AbortSignal,
): Promise<RawResponse> {
  const request = toRequest(raw, body, gone)
  if (request === undefined) return refuse(BAD_REQUEST)
  try {
    return await flatten(await options.onRequest(request, { remoteAddress }))
  } catch (error) {
    const requestId = randomUUID()
    options.onFault({ during: 'request', error, requestId })
    return refuse(INTERNAL_FAULT, requestId)
  }
}

/** An upgrade decided, its refusal ready to be written. */
export type RawUpgradeDecision =
  Extract<UpgradeDecision, { accept: true }> | { readonly accept: false; readonly response: RawResponse }

/** Decides about one upgrade. Never rejects: what the relay throws is reported and refused with 500. */
export async function decideUpgrade(
  raw: RawRequest,
  remoteAddress: string,
  options: Pick<TransportOptions, 'onUpgrade' | 'onFault'>,
): Promise<RawUpgradeDecision> {
  // uWebSockets.js takes any version for 13; ours must not depend on what an engine checks.
  if (firstHeader(raw, 'sec-websocket-version') !== '13')
    return { accept: false, response: await refuse(WRONG_VERSION) }
  try {
    const decision = await options.onUpgrade(upgradeRequest(raw, remoteAddress))
    return decision.accept ? decision : { accept: false, response: await flatten(decision.response) }
  } catch (error) {
    const requestId = randomUUID()
    options.onFault({ during: 'upgrade', error, requestId })
    return { accept: false, response: await refuse(INTERNAL_FAULT, requestId) }
  }
}

/** @returns the refusal as an engine writes it */
export function refuse(refusal: Refusal, requestId?: string): Promise<RawResponse> {
  return flatten(problemResponse(refusal, requestId))
}

function upgradeRequest(raw: RawRequest, remoteAddress: string): UpgradeRequest {
  const first = new Map<string, string>()
  for (const [name, value] of raw.headers) {
    const key = name.toLowerCase()
    if (!first.has(key)) first.set(key, value)
  }
  return { remoteAddress, path: raw.target.replace(/\?.*$/s, ''), header: (name) => first.get(name) }
}

async function flatten(response: Response): Promise<RawResponse> {
  const { status } = response
  const body = new Uint8Array(await response.arrayBuffer())
  return {
    status,
    statusText: STATUS_CODES[status] ?? 'Unknown',
    headers: [...response.headers].filter(([name]) => name !== 'content-length'),
    body: status === 204 || status === 205 || status === 304 ? undefined : body,
  }
}

const BAD_REQUEST: Refusal = {
  status: 400,
  code: 'bad_request',
  detail: 'The relay cannot read this request.',
}

const WRONG_VERSION: Refusal = {
  status: 426,
  code: 'websocket_version',
  detail: 'The relay speaks version 13 of the WebSocket protocol (RFC 6455) only.',
  headers: { upgrade: 'websocket', 'sec-websocket-version': '13' },
}

/** The part of `Host` that may stand in a URL as it is: no user, no path, no spaces. */
const AUTHORITY = /^[A-Za-z0-9._~-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$/

/** @returns undefined when it cannot be expressed as a web-standard request */
function toRequest(raw: RawRequest, body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Request | undefined {
  const host = firstHeader(raw, 'host')
  if (host === undefined || !AUTHORITY.test(host) || !raw.target.startsWith('/')) return undefined
  try {
    return new Request(`http://${host}${raw.target}`, {
      method: raw.method,
      signal,
      headers: raw.headers.map(([name, value]) => [name, value] as [string, string]),
      ...(body.byteLength > 0 && raw.method !== 'GET' && raw.method !== 'HEAD' ? { body } : {}),
    })
  } catch {
    // A method or header that the standard's own classes refuse is the client's fault, not ours.
    return undefined
  }
}
