import { randomUUID } from 'node:crypto'
import { type Logger } from '../logger.ts'
import { type Metrics } from '../metrics.ts'
import { ProblemResponse } from '../transport/problem.ts'

export interface RequestLogDeps {
  readonly metrics: Pick<Metrics, 'requestAnswered' | 'errorTold'>
  readonly logger: Logger
}

export interface RequestLog {
  /**
   * Counts an answer, writes its line and gives it the id by which the line is found.
   *
   * @param route the pattern that matched, never the path itself: paths hold ids
   * @param startedAtMs of `performance.now`
   */
  answered(method: string, route: string, response: Response, startedAtMs: number): void
}

/** Asked every second by machines: of no interest to anybody while they are answered. */
const PROBES: ReadonlySet<string> = new Set(['/livez', '/readyz'])

/** One line and one count for each request (docs/operating.md). */
export function createRequestLog({ metrics, logger }: RequestLogDeps): RequestLog {
  return {
    answered(method, route, response, startedAtMs) {
      const durationMs = performance.now() - startedAtMs
      const { status } = response
      const problem = response instanceof ProblemResponse ? response.problem : undefined
      const requestId = problem?.requestId ?? randomUUID()
      response.headers.set('x-request-id', requestId)
      metrics.requestAnswered(route, status, durationMs)
      if (problem !== undefined && !PROBES.has(route)) metrics.errorTold(problem.code)
      const fields = { requestId, method, route, status, code: problem?.code, ms: Math.round(durationMs) }
      if (PROBES.has(route)) logger.debug(fields, 'request')
      else logger.info(fields, 'request')
    },
  }
}
