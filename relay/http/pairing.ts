import * as v from 'valibot'
import { refuseLocalPairing, type PairingRefusal } from '../auth/local-pairing.ts'
import { type SignIn } from '../auth/sign-in.ts'
import { WRONG_ORIGIN } from '../transport/admission.ts'
import { problemResponse, type Refusal } from '../transport/problem.ts'
import { readJson } from './json-body.ts'
import { type Route } from './route.ts'

/** The one user of local mode: whoever works at this machine. */
const LOCAL_USER_ID = 'local'

const pairingSchema = v.object({
  /** What people call the device. */
  device: v.optional(v.pipe(v.string(), v.maxLength(100))),
})

interface PairingDeps {
  readonly signIn: Pick<SignIn, 'pair'>
  readonly allowedOrigins: ReadonlySet<string>
  readonly localUserName: string
}

/** `POST /v1/pair` by local pairing (docs/protocol.md §1.1). */
export function pairRoute({ signIn, allowedOrigins, localUserName }: PairingDeps): Route {
  return async ({ request, remoteAddress }) => {
    const refusal = refuseLocalPairing({ remoteAddress, headers: request.headers, allowedOrigins })
    if (refusal !== undefined) return problemResponse(REFUSALS[refusal])
    const body = await readJson(request, pairingSchema)
    if (!body.ok) return problemResponse(body.refusal)
    const user = { id: LOCAL_USER_ID, name: localUserName }
    return Response.json(await signIn.pair(user, body.value.device))
  }
}

const ELSEWHERE = 'This relay pairs only with programs on its own machine, spoken to directly.'

const REFUSALS: Readonly<Record<PairingRefusal, Refusal>> = {
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
