import * as v from 'valibot'
import { type Tickets } from '../auth/ticket.ts'
import { refuseForCapacity, SOCKET_PATH, type AdmissionDeps } from '../transport/admission.ts'
import { problemResponse } from '../transport/problem.ts'
import { type BearerRoute } from './bearer.ts'
import { readJson } from './json-body.ts'
import { refuseForUser, type LimitDeps } from './limited.ts'

interface TicketDeps extends LimitDeps {
  readonly tickets: Tickets
  readonly capacity: AdmissionDeps['capacity']
  readonly publicUrl?: string
}

const ticketSchema = v.object({
  /** The conversation the socket is to go on with: it does not count against “so many at once”. */
  resume: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(64))),
})

/**
 * `POST /v1/tickets`: a one-use ticket for the bearer of an access token. A browser cannot read why an upgrade was
 * refused, so every reason that will refuse the socket refuses the ticket first.
 */
export function ticketsRoute(deps: TicketDeps): BearerRoute {
  const { tickets, capacity, publicUrl } = deps
  return async ({ request, origin }, identity) => {
    const limited = await refuseForUser(deps, 'tickets', identity.user)
    if (limited !== undefined) return problemResponse(limited)
    const body = await readJson(request, ticketSchema, {})
    if (!body.ok) return problemResponse(body.refusal)
    const { resume } = body.value
    const busy = refuseForCapacity(await capacity(undefined)) ?? refuseForCapacity(await capacity(identity, resume))
    if (busy !== undefined) return problemResponse(busy)
    const issued = tickets.issue(resume === undefined ? { identity } : { identity, resume }, origin)
    return Response.json({ ...issued, url: socketUrl(request, publicUrl) })
  }
}

function socketUrl(request: Request, publicUrl: string | undefined): string {
  const url = new URL(SOCKET_PATH, publicUrl ?? request.url)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}
