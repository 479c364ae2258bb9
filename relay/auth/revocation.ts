import * as v from 'valibot'
import { type Store } from '../store/store.ts'

/** Who may no longer come in, told to every instance. */
export interface Revocation {
  /**
   * Ends a device's right for good: from now on its access tokens, tickets and refresh tokens are refused everywhere.
   *
   * @throws {StoreError} when that was not stored; trying again is safe
   */
  revoke(deviceId: string): Promise<void>
  /** @throws {StoreError} when nobody can say */
  isRevoked(deviceId: string): Promise<boolean>
  /** Hears of every revocation on any instance while the bus is there. @returns ends it */
  onRevoked(listener: (deviceId: string) => void): () => void
  /** Called when revocations may have been missed: ask `isRevoked` for every device that is connected. @returns ends it */
  onRestored(listener: () => void): () => void
}

/** Longer than any refresh token of the device can live (`refresh-token.ts`), ms. */
const KEPT_MS = 61 * 24 * 60 * 60_000

const TOPIC = 'revoked'

const messageSchema = v.object({ deviceId: v.string() })

/**
 * Revoked devices as marks that are only ever added: no other write, however late, brings a device back.
 *
 * @param onTrouble hears what could not be told to the other instances; they learn of it with the device's next request
 */
export function createRevocation(
  { keyValue, bus }: Pick<Store, 'keyValue' | 'bus'>,
  onTrouble: (error: unknown) => void,
): Revocation {
  return {
    async revoke(deviceId) {
      await keyValue.set(`revoked:${deviceId}`, true, KEPT_MS)
      await bus.publish(TOPIC, { deviceId }).catch(onTrouble)
    },

    async isRevoked(deviceId) {
      return (await keyValue.get(`revoked:${deviceId}`)) !== undefined
    },

    onRevoked(listener) {
      return bus.subscribe(TOPIC, (message) => {
        const { success, output } = v.safeParse(messageSchema, message)
        if (success) listener(output.deviceId)
      })
    },

    onRestored: (listener) => bus.onRestored(listener),
  }
}
