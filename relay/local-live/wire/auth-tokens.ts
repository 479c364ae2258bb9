import { randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { camelise, isRecord } from './json-names.ts'

/** Defaults and bounds of Google's short-lived tokens. */
const DEFAULT_LIFE_MS = 30 * 60_000
const DEFAULT_START_MS = 60_000
const MAX_LIFE_MS = 20 * 3_600_000
/** The oldest go first: this server is for one machine, a thousand tokens are a loop gone wild. */
const MAX_TOKENS = 1_000

type Fields = Readonly<Record<string, unknown>>

const requestSchema = v.strictObject({
  uses: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 1),
  expireTime: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  newSessionExpireTime: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  bidiGenerateContentSetup: v.optional(v.record(v.string(), v.unknown())),
  fieldMask: v.optional(v.string()),
})

interface Token {
  usesLeft: number
  readonly expiresAt: number
  readonly startsBefore: number
  readonly setup: Fields | undefined
  /** Paths that the client cannot choose; undefined with a setup: all of them. */
  readonly mask: readonly string[] | undefined
}

export type Issued = { readonly ok: true; readonly name: string } | { readonly ok: false; readonly message: string }

/** A token as one connection holds it. */
export interface TokenGrant {
  /** No message is served after this, ms since the epoch. */
  readonly expiresAt: number
  /** Puts the token's fields in place of the client's. A resumption handle always stays the client's own. */
  lockSetup(setup: Fields): Fields
  /** Takes one use. @returns false when none is left or new sessions are not allowed any more */
  startSession(): boolean
}

/** Short-lived tokens (`POST /{version}/auth_tokens`) with uses, expiry and locked fields. */
export class AuthTokens {
  readonly #tokens = new Map<string, Token>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** @param json the request's body, parsed; the SDK's `authTokens.create` sends it */
  issue(json: unknown): Issued {
    const parsed = v.safeParse(requestSchema, camelise(json), { abortEarly: true })
    if (!parsed.success) return { ok: false, message: `Invalid value at '${v.getDotPath(parsed.issues[0]) ?? ''}'` }
    const request = parsed.output
    const now = this.#now()
    const expiresAt = timeOf(request.expireTime, now + DEFAULT_LIFE_MS)
    const startsBefore = timeOf(request.newSessionExpireTime, now + DEFAULT_START_MS)
    if (Math.max(expiresAt, startsBefore) > now + MAX_LIFE_MS) {
      return { ok: false, message: 'expire_time and new_session_expire_time must be less than 20 hours ahead' }
    }
    const mask = request.fieldMask?.split(',').filter((path) => path !== '')
    const setup = request.bidiGenerateContentSetup
    if (setup !== undefined && mask !== undefined && !covers(mask, setup)) {
      return { ok: false, message: 'BidiGenerateContentSetup contains fields that are not specified in field_mask' }
    }
    const name = `auth_tokens/${randomBytes(24).toString('hex')}`
    this.#sweep(now)
    const usesLeft = request.uses === 0 ? Infinity : request.uses
    this.#tokens.set(name, { usesLeft, expiresAt, startsBefore, setup, mask })
    return { ok: true, name }
  }

  /** @returns undefined for a token that is unknown or has expired */
  find(name: string): TokenGrant | undefined {
    const token = this.#tokens.get(name)
    if (token === undefined || this.#now() >= token.expiresAt) return undefined
    return {
      expiresAt: token.expiresAt,
      lockSetup: (setup) => lock(setup, token),
      startSession: () => {
        if (token.usesLeft < 1 || this.#now() >= token.startsBefore) return false
        token.usesLeft -= 1
        return true
      },
    }
  }

  #sweep(now: number): void {
    for (const [name, token] of this.#tokens) {
      if (token.expiresAt <= now || this.#tokens.size >= MAX_TOKENS) this.#tokens.delete(name)
    }
  }
}

function timeOf(iso: string | undefined, otherwise: number): number {
  return iso === undefined ? otherwise : Date.parse(iso)
}

/** Whether every field of the setup is named in the mask, itself or by a path above or below it. */
function covers(mask: readonly string[], setup: Fields): boolean {
  return Object.keys(setup).every((field) => mask.some((path) => path === field || path.startsWith(`${field}.`)))
}

function lock(setup: Fields, token: Token): Fields {
  const paths = token.mask
  const locked =
    paths === undefined
      ? (token.setup ?? setup)
      : paths.reduce((result, path) => place(result, path.split('.'), valueAt(token.setup, path.split('.'))), setup)
  const handle = valueAt(setup, ['sessionResumption', 'handle'])
  return handle === undefined ? locked : place(locked, ['sessionResumption', 'handle'], handle)
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, step) => (isRecord(inner) ? inner[step] : undefined), value)
}

/** @returns a copy with `value` at the path, or without that path when the value is undefined */
function place(fields: Fields, path: readonly string[], value: unknown): Fields {
  const [step, ...rest] = path
  if (step === undefined) return fields
  const { [step]: old, ...others } = fields
  if (rest.length === 0) return value === undefined ? others : { ...others, [step]: value }
  const inner = place(isRecord(old) ? old : {}, rest, value)
  return Object.keys(inner).length === 0 && old === undefined ? others : { ...others, [step]: inner }
}
