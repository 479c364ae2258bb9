import * as v from 'valibot'
import { type Rotation } from '../auth/refresh-token.ts'
import { type SignIn } from '../auth/sign-in.ts'
import { problemResponse, type Refusal } from '../transport/problem.ts'
import { readJson } from './json-body.ts'
import { type Route } from './route.ts'

const tokenSchema = v.object({ refreshToken: v.pipe(v.string(), v.minLength(1), v.maxLength(512)) })

/** `POST /v1/token`: a fresh pair for the holder of a refresh token. */
export function tokenRoute(signIn: Pick<SignIn, 'refresh'>): Route {
  return async ({ request }) => {
    const body = await readJson(request, tokenSchema)
    if (!body.ok) return problemResponse(body.refusal)
    const refreshed = await signIn.refresh(body.value.refreshToken)
    return refreshed.ok ? Response.json(refreshed.tokens) : problemResponse(REFUSALS[refreshed.fault])
  }
}

const REFUSALS: Readonly<Record<Extract<Rotation, { ok: false }>['fault'], Refusal>> = {
  unknown: {
    status: 401,
    code: 'refresh_token_not_valid',
    detail: 'This device is signed out, or was not used for 60 days. Pair with the relay again.',
  },
  reused: {
    status: 401,
    code: 'refresh_token_reused',
    detail: 'This sign-in was used a second time, maybe by somebody else, so the device was signed out. Pair again.',
  },
}
