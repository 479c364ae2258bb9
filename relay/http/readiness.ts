import { type ReadinessReason } from './health.ts'

/** Why the relay is not ready; empty when it is. */
export type Readiness = () => Promise<readonly ReadinessReason[]>

export interface ReadinessDeps {
  readonly isDraining: () => boolean
  /** Never rejects. */
  readonly isStoreHealthy: () => Promise<boolean>
  readonly isUpstreamReachable: () => boolean
}

/** Load balancers ask every second or two, from several places; the store is asked once for all of them, ms. */
const STORE_ANSWER_AGE_MS = 1_000

/** A store that takes longer than this to say that it is well is not, ms. */
const STORE_PATIENCE_MS = 1_000

/** Why new conversations should not be sent here; nothing when they may. */
export function createReadiness(deps: ReadinessDeps): Readiness {
  const isStoreHealthy = remembered(() => within(STORE_PATIENCE_MS, deps.isStoreHealthy()), STORE_ANSWER_AGE_MS)
  return async () => {
    const isHealthy = await isStoreHealthy()
    const reasons: ReadinessReason[] = []
    if (deps.isDraining()) reasons.push('draining')
    if (!isHealthy) reasons.push('store')
    if (!deps.isUpstreamReachable()) reasons.push('upstream')
    return reasons
  }
}

/** Asks once for everybody who wants to know within `ageMs` of the question. */
function remembered(ask: () => Promise<boolean>, ageMs: number): () => Promise<boolean> {
  let answer: Promise<boolean> | undefined
  let askedAtMs = -Infinity
  return () => {
    const nowMs = performance.now()
    if (answer !== undefined && nowMs - askedAtMs < ageMs) return answer
    askedAtMs = nowMs
    return (answer = ask())
  }
}

async function within(patienceMs: number, answer: Promise<boolean>): Promise<boolean> {
  const { promise: tooLate, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), patienceMs)
  const isYes = await Promise.race([answer, tooLate])
  clearTimeout(timer)
  return isYes
}
