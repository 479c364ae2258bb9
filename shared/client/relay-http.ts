import * as v from 'valibot'
import { problemSchema } from '../protocol/problem.ts'
import { withoutUndefined } from '../util/without-undefined.ts'

/**
 * The part of `fetch` that is used. The browser's own fits; Node's own does too, but it sends `Sec-Fetch-Mode`, by which
 * a relay takes its caller for a browser and does not pair (docs/protocol.md §1.1).
 */
export type FetchLike<Answer extends FetchAnswer = FetchAnswer> = (
  url: string,
  init: {
    readonly method: 'GET' | 'POST' | 'DELETE'
    readonly headers: Record<string, string>
    readonly body?: string
    readonly signal: AbortSignal
  },
) => Promise<Answer>

interface FetchAnswer {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  text(): Promise<string>
}

/** A `fetch` whose answers need not be text. */
export type FetchBytes = FetchLike<FetchAnswer & { arrayBuffer(): Promise<ArrayBuffer> }>

interface Request<Fetch> {
  readonly fetch: Fetch
  /** `http(s)://host[:port]`, with or without a slash at the end. */
  readonly baseUrl: string
  /** e.g. `/v1/relay` */
  readonly path: string
  /** Sent as JSON by POST; without it the request is a GET, unless `method` says otherwise. */
  readonly body?: Readonly<Record<string, unknown>>
  readonly method?: 'DELETE'
  readonly accessToken?: string
  readonly signal?: AbortSignal
  /** How long an answer is waited for, where it needs more than the relay's memory; 10 s when absent. ms */
  readonly timeoutMs?: number
}

export interface RelayRequest<Schema extends v.GenericSchema> extends Request<FetchLike> {
  /** Shape of the answer; anything else does not come from a relay. */
  readonly schema: Schema
}

export interface RelayBytesRequest extends Request<FetchBytes> {
  /** Media type of the answer; anything else does not come from a relay. */
  readonly mediaType: string
}

export interface RelayFault {
  readonly ok: false
  /** HTTP status, 0 when there was no answer. */
  readonly status: number
  /** A sentence a person can act on. */
  readonly fault: string
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  /** The shortest wait the relay asks for, ms. */
  readonly retryAfterMs?: number
  /** The relay's own word for it (docs/protocol.md §1), where it is the relay that refused. */
  readonly code?: string
}

export type RelayAnswer<Value> = { readonly ok: true; readonly value: Value } | RelayFault

/** A relay answers from memory; one that is silent for this long hangs or is not there. */
const REQUEST_TIMEOUT_MS = 10_000

/** Answers after which waiting helps: time-outs, too many requests, and a relay or proxy that is restarting. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** Asks a relay's HTTP interface once. Never throws: what went wrong is a sentence in the result. */
export async function askRelay<Schema extends v.GenericSchema>(
  request: RelayRequest<Schema>,
): Promise<RelayAnswer<v.InferOutput<Schema>>> {
  const answer = await exchange(request, (response) => response.text())
  if (!answer.ok) return answer
  const parsed = v.safeParse(request.schema, parseJson(answer.value.body))
  if (parsed.success) return { ok: true, value: parsed.output }
  return notRelay(request.baseUrl, answer.value.status)
}

/** The same for an answer that is no JSON: sound. Never throws. */
export async function askRelayForBytes(request: RelayBytesRequest): Promise<RelayAnswer<Uint8Array<ArrayBuffer>>> {
  const answer = await exchange(request, async (response) => ({
    type: response.headers.get('content-type'),
    bytes: new Uint8Array(await response.arrayBuffer()),
  }))
  if (!answer.ok) return answer
  const { type, bytes } = answer.value.body
  if (type?.split(';')[0]?.trim() === request.mediaType) return { ok: true, value: bytes }
  return notRelay(request.baseUrl, answer.value.status)
}

/** Asks once. A refusal is read as text; of anything else `read` takes what it needs. */
async function exchange<Answer extends FetchAnswer, Body>(
  request: Request<FetchLike<Answer>>,
  read: (answer: Answer) => Promise<Body>,
): Promise<RelayAnswer<{ readonly status: number; readonly body: Body }>> {
  const baseUrl = request.baseUrl.trim().replace(/\/+$/, '')
  if (!/^https?:\/\/[^/]/i.test(baseUrl)) {
    const fault = `“${baseUrl}” is not the address of a relay. It looks like http://127.0.0.1:8787.`
    return { ok: false, status: 0, fault, retryable: false }
  }
  // Taken out first: the browser's fetch refuses to be called as a method of another object.
  const { fetch, path, body, method, accessToken, signal, timeoutMs = REQUEST_TIMEOUT_MS } = request
  const controller = new AbortController()
  const abort = () => controller.abort()
  const timer = setTimeout(abort, timeoutMs)
  if (signal?.aborted === true) abort()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const answer = await fetch(baseUrl + path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: headersOf(body, accessToken),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: controller.signal,
    })
    const { status, headers } = answer
    if (status < 400) return { ok: true, value: { status, body: await read(answer) } }
    return refusal(baseUrl, status, parseJson(await answer.text()), headers.get('retry-after'))
  } catch {
    // Nobody answered in time, whatever the reason: platforms give none that helps a person.
    return unreachable(baseUrl)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

function headersOf(body: unknown, accessToken: string | undefined): Record<string, string> {
  return {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unreachable(baseUrl: string): RelayFault {
  const advice = isLoopback(baseUrl) ? 'Start one with npm start.' : 'Check the address and your connection.'
  return { ok: false, status: 0, fault: `No relay answers at ${baseUrl}. ${advice}`, retryable: true }
}

function refusal(baseUrl: string, status: number, body: unknown, retryAfter: string | null): RelayFault {
  const retryable = RETRYABLE_STATUSES.has(status)
  const problem = v.safeParse(problemSchema, body)
  if (!problem.success && !retryable) return notRelay(baseUrl, status)
  const fault = problem.success
    ? (problem.output.detail ?? `The relay refused: ${problem.output.title} (${problem.output.code}).`)
    : `The relay at ${baseUrl} cannot answer just now (${status}). Try again in a moment.`
  const retryAfterMs = parseRetryAfter(retryAfter)
  const code = problem.success ? problem.output.code : undefined
  return withoutUndefined({ ok: false as const, status, fault, retryable, retryAfterMs, code })
}

function notRelay(baseUrl: string, status: number): RelayFault {
  const fault = `What answers at ${baseUrl} is not an Aside relay. Check the address, or start a relay on another port.`
  return { ok: false, status, fault, retryable: false }
}

/** Seconds only: the relay sends no dates (RFC 9110 §10.2.3 allows both). */
function parseRetryAfter(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined
}

function isLoopback(baseUrl: string): boolean {
  return /^https?:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?(\/|$)/i.test(baseUrl)
}
