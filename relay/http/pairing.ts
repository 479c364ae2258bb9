import * as v from 'valibot'
import { type Pairing } from '../auth/authority.ts'
import { type IdTokens } from '../auth/id-token.ts'
import { refuseLocalPairing, type PairingRefusal } from '../auth/local-pairing.ts'
import { type PairingCodes } from '../auth/pairing-code.ts'
import { type Proof } from '../auth/proof.ts'
import { type SignIn } from '../auth/sign-in.ts'
import { type Logger } from '../logger.ts'
import { WRONG_ORIGIN } from '../transport/admission.ts'
import { problemResponse, type Refusal } from '../transport/problem.ts'
import { readJson } from './json-body.ts'
import { refuseForUser, type LimitDeps } from './limited.ts'
import { type Route, type RouteContext } from './route.ts'

/** The one user of local mode: whoever works at this machine. */
const LOCAL_USER_ID = 'local'

interface PairingDeps extends LimitDeps {
  readonly pairing: Pairing
  readonly signIn: Pick<SignIn, 'pair'>
  readonly allowedOrigins: ReadonlySet<string>
  readonly localUserName: string
  readonly logger: Pick<Logger, 'warn'>
}

/** `POST /v1/pair` (docs/protocol.md §1.1): tokens for a new device of somebody who proves who they are. */
export function pairRoute(deps: PairingDeps): Route {
  return async (context) => {
    const proven = await prove(context, deps)
    if (!proven.ok) return problemResponse(proven.refusal)
    const { proof, device, used } = proven
    const limited = await refuseForUser(deps, 'pair', proof.user)
    if (limited !== undefined) return problemResponse(limited)
    if (!(await proof.take())) return problemResponse(used)
    return Response.json(await deps.signIn.pair(proof.user, device ?? proof.deviceName))
  }
}

type Proven =
  | {
      readonly ok: true
      readonly proof: Proof
      readonly device: string | undefined
      /** The answer when somebody was faster with the same proof. */
      readonly used: Refusal
    }
  | { readonly ok: false; readonly refusal: Refusal }

function prove(context: RouteContext, deps: PairingDeps): Promise<Proven> {
  switch (deps.pairing.kind) {
    case 'local':
      return proveLocally(context, deps)
    case 'code':
      return proveByCode(context, deps.pairing.codes)
    case 'oidc':
      return proveByIdToken(context, deps.pairing.idTokens, deps.logger)
  }
}

/** What people call the device. */
const device = v.optional(v.pipe(v.string(), v.maxLength(100)))

const localSchema = v.object({ device })

async function proveLocally({ request, remoteAddress }: RouteContext, deps: PairingDeps): Promise<Proven> {
  // The peer itself, not whom a proxy speaks for: local pairing is for programs that speak to the relay directly.
  const { allowedOrigins, localUserName: name } = deps
  const refusal = refuseLocalPairing({ remoteAddress, headers: request.headers, allowedOrigins })
  if (refusal !== undefined) return { ok: false, refusal: LOCAL_REFUSALS[refusal] }
  const body = await readJson(request, localSchema)
  if (!body.ok) return body
  const proof = { user: { id: LOCAL_USER_ID, name }, take: () => Promise.resolve(true) }
  return { ok: true, proof, device: body.value.device, used: CODE_NOT_VALID }
}

const codeSchema = v.object({ code: v.optional(v.pipe(v.string(), v.maxLength(100))), device })

async function proveByCode({ request }: RouteContext, codes: Pick<PairingCodes, 'prove'>): Promise<Proven> {
  const body = await readJson(request, codeSchema)
  if (!body.ok) return body
  if (body.value.code === undefined) return { ok: false, refusal: CODE_NEEDED }
  const proof = await codes.prove(body.value.code)
  if (proof === undefined) return { ok: false, refusal: CODE_NOT_VALID }
  return { ok: true, proof, device: body.value.device, used: CODE_NOT_VALID }
}

const idTokenSchema = v.object({
  idToken: v.optional(v.pipe(v.string(), v.maxLength(20_000))),
  nonce: v.optional(v.pipe(v.string(), v.maxLength(512))),
  device,
})

async function proveByIdToken(
  { request }: RouteContext,
  idTokens: IdTokens,
  logger: Pick<Logger, 'warn'>,
): Promise<Proven> {
  const body = await readJson(request, idTokenSchema)
  if (!body.ok) return body
  const { idToken, nonce } = body.value
  if (idToken === undefined) return { ok: false, refusal: ID_TOKEN_NEEDED }
  const check = await idTokens.prove(idToken, nonce)
  if (check.ok) return { ok: true, proof: check.proof, device: body.value.device, used: ID_TOKEN_NOT_VALID }
  logger.warn({ fault: check.fault, reason: check.reason }, 'a sign-in was refused')
  return { ok: false, refusal: check.fault === 'invalid' ? ID_TOKEN_NOT_VALID : ISSUER_UNAVAILABLE }
}

const CODE_NEEDED: Refusal = {
  status: 400,
  code: 'code_needed',
  detail: 'This relay pairs by code. Ask whoever runs it for one; they get it with: npm run pair -- --user NAME.',
}

const CODE_NOT_VALID: Refusal = {
  status: 403,
  code: 'code_not_valid',
  detail: 'This code is mistyped, was used already or is older than 10 minutes. Check it, or ask for a new one.',
}

const ID_TOKEN_NEEDED: Refusal = {
  status: 400,
  code: 'id_token_needed',
  detail: 'This relay pairs by signing in: send the ID token of the issuer that GET /v1/relay names.',
}

const ID_TOKEN_NOT_VALID: Refusal = {
  status: 403,
  code: 'id_token_not_valid',
  detail: 'The relay does not accept this sign-in. Sign in again; if it stays so, the relay’s log says why.',
}

const ISSUER_UNAVAILABLE: Refusal = {
  status: 503,
  code: 'issuer_unavailable',
  detail: 'The relay cannot reach the service that signs you in. Try again in a moment.',
  headers: { 'retry-after': '5' },
}

const ELSEWHERE = 'This relay pairs only with programs on its own machine, spoken to directly.'

const LOCAL_REFUSALS: Readonly<Record<PairingRefusal, Refusal>> = {
  not_loopback: pairingRefused(`${ELSEWHERE} Run Aside on the machine where the relay runs.`),
  host: pairingRefused(`${ELSEWHERE} Use http://127.0.0.1 or http://localhost with the relay's port as its address.`),
  forwarded: pairingRefused(`${ELSEWHERE} A proxy stands in between: use http://127.0.0.1 with the relay's port.`),
  content_type: {
    status: 415,
    code: 'unsupported_media_type',
    detail: 'Send the request as application/json; an empty object {} will do.',
  },
  origin: WRONG_ORIGIN,
  browser_without_origin: WRONG_ORIGIN,
}

function pairingRefused(detail: string): Refusal {
  return { status: 403, code: 'pairing_not_allowed', detail }
}
