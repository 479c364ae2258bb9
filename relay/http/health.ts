import { problemResponse } from '../transport/problem.ts'

export type ReadinessReason = 'draining' | 'store' | 'upstream'

/** `GET /livez`: the process runs; whether it can be of use is `/readyz`. */
export function liveRoute(): Response {
  return Response.json({ status: 'ok' })
}

/** `GET /readyz`: whether new conversations may be sent here. */
export function readyRoute(readiness: () => Promise<readonly ReadinessReason[]>): () => Promise<Response> {
  return async () => {
    const reasons = await readiness()
    if (reasons.length === 0) return Response.json({ status: 'ready' })
    return problemResponse({
      status: 503,
      code: 'not_ready',
      detail: `The relay takes no new conversations just now: ${reasons.map((reason) => SENTENCE[reason]).join(', ')}.`,
      headers: { 'retry-after': '2' },
      extensions: { reasons },
    })
  }
}

const SENTENCE: Readonly<Record<ReadinessReason, string>> = {
  draining: 'it is restarting',
  store: 'its store does not answer',
  upstream: 'the brain does not answer',
}
