import { limitKeyOf } from '../auth/client-address.ts'
import { type User } from '../auth/identity.ts'
import { type Limited, type Limits } from '../auth/limits.ts'
import { type Metrics } from '../metrics.ts'
import { problemResponse, type Refusal } from '../transport/problem.ts'
import { type Route } from './route.ts'

export interface LimitDeps {
  readonly limits: Limits
  readonly metrics: Pick<Metrics, 'limited'>
}

/** A route that one address may use so many times a minute. */
export function limited(deps: LimitDeps, what: Limited, route: Route): Route {
  return async (context) => {
    const refusal = await refuseForAddress(deps, what, context.clientAddress)
    return refusal === undefined ? route(context) : problemResponse(refusal)
  }
}

/** Counts one more for an address. @returns why it is one too many, if so */
export function refuseForAddress(deps: LimitDeps, what: Limited, address: string): Promise<Refusal | undefined> {
  return refuseFor(deps, what, limitKeyOf(address))
}

/** Counts one more for a user. @returns why it is one too many, if so */
export function refuseForUser(deps: LimitDeps, what: Limited, user: User): Promise<Refusal | undefined> {
  return refuseFor(deps, what, `user:${user.id}`)
}

async function refuseFor({ limits, metrics }: LimitDeps, what: Limited, by: string): Promise<Refusal | undefined> {
  const waitS = await limits.spend(what, by)
  if (waitS === undefined) return undefined
  metrics.limited(what)
  return {
    status: 429,
    code: 'too_many_requests',
    detail: `${SENTENCE[what]} Try again in ${waitS} ${waitS === 1 ? 'second' : 'seconds'}.`,
    headers: { 'retry-after': String(waitS) },
  }
}

const SENTENCE: Readonly<Record<Limited, string>> = {
  pair: 'Too many tries to pair within a minute.',
  tickets: 'Too many connections were asked for within a minute.',
  token: 'Too many tokens were asked for within a minute.',
  previews: 'Too many voices were tried within a minute.',
  requests: 'Too many requests within a minute.',
}
