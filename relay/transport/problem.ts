import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import { PROBLEM_CONTENT_TYPE, type Problem } from '../../shared/protocol/problem.ts'

/** Why a request is refused, before it is written as a response. */
export interface Refusal {
  readonly status: number
  /** Stable, for programs. */
  readonly code: string
  /** A sentence a person can act on; safe to show. */
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
  /** Further members of the document (RFC 9457 §3.2). */
  readonly extensions?: Readonly<Record<string, unknown>>
}

/**
 * Writes a refusal as a problem document (RFC 9457).
 *
 * @param requestId finds the request in the log; a new one unless given
 */
export function problemResponse(refusal: Refusal, requestId: string = randomUUID()): Response {
  const problem: Problem = {
    title: STATUS_CODES[refusal.status] ?? 'Error',
    status: refusal.status,
    detail: refusal.detail,
    code: refusal.code,
    requestId,
  }
  return new Response(JSON.stringify({ ...refusal.extensions, ...problem }), {
    status: refusal.status,
    headers: { 'content-type': PROBLEM_CONTENT_TYPE, 'cache-control': 'no-store', ...refusal.headers },
  })
}

export const INTERNAL_FAULT: Refusal = {
  status: 500,
  code: 'internal',
  detail: 'The relay failed while answering. Please try again; its log has the cause.',
}
