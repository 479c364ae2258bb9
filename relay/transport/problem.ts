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

/** A problem document that the relay can still read itself. */
export class ProblemResponse extends Response {
  readonly problem: Problem

  constructor(problem: Problem, { headers, extensions }: Pick<Refusal, 'headers' | 'extensions'>) {
    super(JSON.stringify({ ...extensions, ...problem }), {
      status: problem.status,
      headers: { 'content-type': PROBLEM_CONTENT_TYPE, 'cache-control': 'no-store', ...headers },
    })
    this.problem = problem
  }
}

/**
 * Writes a refusal as a problem document (RFC 9457).
 *
 * @param requestId finds the request in the log; a new one unless given
 */
export function problemResponse(refusal: Refusal, requestId: string = randomUUID()): ProblemResponse {
  const problem: Problem = {
    title: STATUS_CODES[refusal.status] ?? 'Error',
    status: refusal.status,
    detail: refusal.detail,
    code: refusal.code,
    requestId,
  }
  return new ProblemResponse(problem, refusal)
}

export const INTERNAL_FAULT: Refusal = {
  status: 500,
  code: 'internal',
  detail: 'The relay failed while answering. Please try again; its log has the cause.',
}
