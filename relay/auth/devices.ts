import { randomBytes, randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type KeyValue } from '../store/key-value.ts'
import { type User } from './identity.ts'
import { type Revocation } from './revocation.ts'

/** What one pairing made: a family of refresh tokens with one end. */
export interface Device {
  readonly id: string
  readonly user: User
  /** What people call it. */
  readonly name?: string
  /** 256 bits that only the store knows: successors of refresh tokens are made with it. */
  readonly salt: string
  /** ISO 8601 time. */
  readonly pairedAt: string
}

/** Every method rejects with `StoreError` when the store did not confirm. */
export interface Devices {
  add(user: User, name: string | undefined): Promise<Device>
  /** @returns undefined when there is none, or none any more */
  find(id: string): Promise<Device | undefined>
  /** Keeps a device that is in use. Late is as good as early: it writes what stands there already. */
  keep(device: Device): Promise<void>
  /** Ends a device on every instance. Idempotent, and safe to try again. */
  end(id: string): Promise<void>
}

/** A device that nobody used for so long is forgotten, ms; its owner pairs again. */
export const UNUSED_MS = 60 * 24 * 60 * 60_000

const deviceSchema = v.object({
  id: v.string(),
  user: v.object({ id: v.string(), name: v.string() }),
  name: v.optional(v.string()),
  salt: v.string(),
  pairedAt: v.string(),
})

/** Paired devices in the store. What is written about one never changes, so no two writers can disagree. */
export function createDevices(keyValue: KeyValue, revocation: Pick<Revocation, 'revoke' | 'isRevoked'>): Devices {
  const keep = (device: Device) => keyValue.set(keyOf(device.id), { ...device, user: { ...device.user } }, UNUSED_MS)

  return {
    async add(user, name) {
      const salt = randomBytes(32).toString('base64url')
      const device = withoutUndefined({ id: randomUUID(), user, name, salt, pairedAt: new Date().toISOString() })
      await keep(device)
      return device
    },

    async find(id) {
      const [record, isRevoked] = await Promise.all([keyValue.get(keyOf(id)), revocation.isRevoked(id)])
      const parsed = v.safeParse(deviceSchema, record)
      return parsed.success && !isRevoked ? withoutUndefined(parsed.output) : undefined
    },

    keep,

    async end(id) {
      // The mark first: a device whose record is gone may still hold an access token.
      await revocation.revoke(id)
      await keyValue.delete(keyOf(id))
    },
  }
}

function keyOf(id: string): string {
  return `device:${id}`
}
