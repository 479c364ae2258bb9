import { createHash, createHmac, randomBytes } from 'node:crypto'
import * as v from 'valibot'
import { type KeyValue } from '../store/key-value.ts'
import { UNUSED_MS, type Device, type Devices } from './devices.ts'

export type Rotation =
  | { readonly ok: true; readonly device: Device; readonly refreshToken: string }
  | {
      readonly ok: false
      /** `unknown`: never issued, expired, or of a device that was ended. `reused`: a copy exists; the device was ended. */
      readonly fault: 'unknown' | 'reused'
    }

/** Every method rejects with `StoreError` when the store did not confirm; asking again is safe. */
export interface RefreshTokens {
  /** The first token of a device. @returns 256 bits, base64url */
  issue(device: Device): Promise<string>
  /**
   * Exchanges a token for its one successor. For 60 s, while the successor is unused, it answers the same one again: whoever
   * asked may have died before they could keep it.
   *
   * @param token whatever a client sent
   */
  rotate(token: string): Promise<Rotation>
}

/** So long a used token still answers its successor, ms: a worker that died is started again within it. */
const GRACE_MS = 60_000

const TOKEN = /^[A-Za-z0-9_-]{43}$/

const recordSchema = v.object({ deviceId: v.string(), generation: v.number() })
const useSchema = v.object({ atMs: v.number() })

/**
 * Refresh tokens: 256 random bits, of which the store knows a hash alone. The successor follows from the token and the
 * device's salt, so that rotating twice, at once or after a crash, gives the same: no lock is needed, and a family
 * never has two branches (docs/adr/0008). Records are only ever added, never changed.
 *
 * @param now ms since 1970
 */
export function createRefreshTokens(
  keyValue: KeyValue,
  devices: Pick<Devices, 'find' | 'keep' | 'end'>,
  now: () => number = Date.now,
): RefreshTokens {
  const write = (token: string, deviceId: string, generation: number) =>
    keyValue.set(recordKey(token), { deviceId, generation }, UNUSED_MS)

  async function usedAt(token: string): Promise<number | undefined> {
    const use = v.safeParse(useSchema, await keyValue.get(useKey(token)))
    return use.success ? use.output.atMs : undefined
  }

  async function rotate(token: string): Promise<Rotation> {
    const record = v.safeParse(recordSchema, TOKEN.test(token) ? await keyValue.get(recordKey(token)) : undefined)
    if (!record.success) return { ok: false, fault: 'unknown' }
    const { deviceId, generation } = record.output
    const device = await devices.find(deviceId)
    if (device === undefined) return { ok: false, fault: 'unknown' }
    const successor = successorOf(token, device.salt)
    const [firstUseMs, successorUseMs] = await Promise.all([usedAt(token), usedAt(successor)])
    if (successorUseMs !== undefined || (firstUseMs !== undefined && now() - firstUseMs > GRACE_MS)) {
      await devices.end(deviceId)
      return { ok: false, fault: 'reused' }
    }
    // In this order: a token that counts as used without a successor would lock its owner out.
    if (firstUseMs === undefined) {
      await write(successor, deviceId, generation + 1)
      await devices.keep(device)
      await keyValue.set(useKey(token), { atMs: now() }, UNUSED_MS)
    }
    return { ok: true, device, refreshToken: successor }
  }

  return {
    async issue(device) {
      const token = randomBytes(32).toString('base64url')
      await write(token, device.id, 0)
      return token
    },
    rotate,
  }
}

/** HMAC-SHA256 with the salt: nobody without the store can tell the next token from this one. */
function successorOf(token: string, salt: string): string {
  return createHmac('sha256', Buffer.from(salt, 'base64url')).update(token).digest('base64url')
}

function recordKey(token: string): string {
  return `refresh:${hashOf(token)}`
}

function useKey(token: string): string {
  return `refresh-used:${hashOf(token)}`
}

/** No slow hash and no salt: there is nothing to guess in 256 random bits. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
