import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { type Identity } from './identity.ts'
import { deriveKey, type Secrets } from './secret.ts'

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

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** No ticket of ours is longer, characters: names and ids are short. */
const MAX_LENGTH = 4096

const text = v.pipe(v.string(), v.maxLength(512))

/** User id, user name, device, expiry (s since 1970), origin, conversation: an array, since a header carries it. */
const contentSchema = v.strictTuple([text, text, text, v.number(), v.nullable(text), v.nullable(text)])

/**
 * One-use tickets that carry what they vouch for, sealed: any instance with the secret can open one, and only the taking
 * needs the store (docs/adr/0008).
 */
export function createTickets({ secrets, takeOnce, now = Date.now }: TicketOptions): Tickets {
  const keys = secrets.map((secret) => deriveKey(secret, 'aside ticket'))
  const sealingKey = deriveKey(secrets[0], 'aside ticket')

  function issue({ identity, resume }: Admitted, origin: string | undefined) {
    const expiresAt = Math.floor(now() / 1000) + LIFETIME_S
    const { user, deviceId } = identity
    const content = JSON.stringify([user.id, user.name, deviceId, expiresAt, origin ?? null, resume ?? null])
    return { ticket: seal(sealingKey, content), expiresIn: LIFETIME_S }
  }

  async function take(ticket: string, origin: string | undefined): Promise<Admitted | undefined> {
    const opened = openWithAny(keys, ticket)
    if (opened === undefined) return undefined
    const [userId, name, deviceId, expiresAt, forOrigin, resume] = opened.content
    const leftS = expiresAt - now() / 1000
    if (leftS <= 0 || leftS > LIFETIME_S + TOLERANCE_S) return undefined
    // Before the origin is looked at: who tries a stolen ticket must not leave it good.
    if (!(await takeOnce(`ticket:${opened.id}`, TAKEN_MS))) return undefined
    if (forOrigin !== (origin ?? null)) return undefined
    const identity = { user: { id: userId, name }, deviceId }
    return resume === null ? { identity } : { identity, resume }
  }

  return { issue, take }
}

function seal(key: Uint8Array, content: string): string {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv(CIPHER, key, nonce)
  const sealed = Buffer.concat([cipher.update(content, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url')
}

interface Opened {
  /** The same for every spelling of the same bytes. */
  readonly id: string
  readonly content: v.InferOutput<typeof contentSchema>
}

function openWithAny(keys: readonly Uint8Array[], ticket: string): Opened | undefined {
  if (ticket.length > MAX_LENGTH || !/^[A-Za-z0-9_-]+$/.test(ticket)) return undefined
  const bytes = Buffer.from(ticket, 'base64url')
  if (bytes.byteLength <= NONCE_BYTES + TAG_BYTES) return undefined
  for (const key of keys) {
    const content = open(key, bytes)
    if (content !== undefined) return { id: bytes.subarray(0, NONCE_BYTES).toString('base64url'), content }
  }
  return undefined
}

function open(key: Uint8Array, bytes: Buffer): Opened['content'] | undefined {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  const opened = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
  try {
    decipher.final()
  } catch {
    // Not made with this key, or changed since.
    return undefined
  }
  const content = v.safeParse(contentSchema, JSON.parse(opened.toString('utf8')))
  return content.success ? content.output : undefined
}
