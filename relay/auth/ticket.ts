import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { type Identity } from './identity.ts'
import { createSealer, type Sealer } from './sealer.ts'
import { type Secrets } from './secret.ts'

/** What a ticket vouches for. */
export interface Admitted {
  readonly identity: Identity
  /** The conversation it was asked for, which does not count against its user's limit. */
  readonly resume?: string
}

export interface Tickets {
  /**
   * Makes a ticket for one socket.
   *
   * @param origin of the request that asks; the socket must come with the same, also when that is none
   * @returns base64url without padding, and its lifetime, seconds
   */
  issue(admitted: Admitted, origin: string | undefined): { readonly ticket: string; readonly expiresIn: number }
  /**
   * Takes a ticket: of many calls at once, on all instances, exactly one gets what it vouches for. A ticket tried from
   * another origin is gone too.
   *
   * @param ticket whatever a client sent
   * @throws {StoreError} when nobody can say whether it was taken before
   */
  take(ticket: string, origin: string | undefined): Promise<Admitted | undefined>
}

export interface TicketOptions {
  readonly secrets: Secrets
  /** `Journal.takeOnce`: true for one of all callers. */
  readonly takeOnce: (key: string, ttlMs: number) => Promise<boolean>
  /** The time, ms since 1970. */
  readonly now?: () => number
}

/** From the answer of `POST /v1/tickets` to the upgrade, seconds: one round trip over a bad line. */
const LIFETIME_S = 30

/** Clocks of two instances may differ by this much, seconds. */
const TOLERANCE_S = 30

/** A taken ticket is remembered until no clock of ours takes it any more, and as long again, ms. */
const TAKEN_MS = 2 * (LIFETIME_S + TOLERANCE_S) * 1000

/** What is remembered of a taken ticket; not its spelling, of which base64 allows several. */
const ID_BYTES = 12

/** No ticket of ours is longer, characters: names and ids are short. */
const MAX_LENGTH = 4096

const text = v.pipe(v.string(), v.maxLength(512))

/** Id, user id, user name, device, expiry (s since 1970), origin, conversation: an array, since a header carries it. */
const contentSchema = v.strictTuple([text, text, text, text, v.number(), v.nullable(text), v.nullable(text)])

/**
 * One-use tickets that carry what they vouch for, sealed: any instance with the secret can open one, and only the taking
 * needs the store (docs/adr/0008).
 */
export function createTickets({ secrets, takeOnce, now = Date.now }: TicketOptions): Tickets {
  const sealer = createSealer(secrets, 'aside ticket')

  function issue({ identity, resume }: Admitted, origin: string | undefined) {
    const expiresAt = Math.floor(now() / 1000) + LIFETIME_S
    const { user, deviceId } = identity
    const id = randomBytes(ID_BYTES).toString('base64url')
    const content = JSON.stringify([id, user.id, user.name, deviceId, expiresAt, origin ?? null, resume ?? null])
    return { ticket: sealer.seal(content), expiresIn: LIFETIME_S }
  }

  async function take(ticket: string, origin: string | undefined): Promise<Admitted | undefined> {
    const content = open(sealer, ticket)
    if (content === undefined) return undefined
    const [id, userId, name, deviceId, expiresAt, forOrigin, resume] = content
    const leftS = expiresAt - now() / 1000
    if (leftS <= 0 || leftS > LIFETIME_S + TOLERANCE_S) return undefined
    // Before the origin is looked at: who tries a stolen ticket must not leave it good.
    if (!(await takeOnce(`ticket:${id}`, TAKEN_MS))) return undefined
    if (forOrigin !== (origin ?? null)) return undefined
    const identity = { user: { id: userId, name }, deviceId }
    return resume === null ? { identity } : { identity, resume }
  }

  return { issue, take }
}

function open(sealer: Sealer, ticket: string): v.InferOutput<typeof contentSchema> | undefined {
  if (ticket.length > MAX_LENGTH || !/^[A-Za-z0-9_-]+$/.test(ticket)) return undefined
  const opened = sealer.open(ticket)
  if (opened === undefined) return undefined
  const content = v.safeParse(contentSchema, JSON.parse(opened))
  return content.success ? content.output : undefined
}
