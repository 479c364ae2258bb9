import { type Revocation } from '../auth/revocation.ts'
import { type Logger } from '../logger.ts'
import { type SessionRegistry } from './session-registry.ts'

export interface SignOuts {
  /** Looks whether a device that has just connected may: what its ticket said may be a moment old. */
  check(deviceId: string): void
  stop(): void
}

/** Who is signed out, on any instance, is out here within a moment. */
export function watchSignOuts(
  revocation: Pick<Revocation, 'isRevoked' | 'onRevoked' | 'onRestored'>,
  registry: Pick<SessionRegistry, 'revoke' | 'devices'>,
  logger: Pick<Logger, 'warn'>,
): SignOuts {
  function check(deviceId: string): void {
    revocation.isRevoked(deviceId).then(
      (isRevoked) => (isRevoked ? registry.revoke(deviceId) : undefined),
      // The store is away; when it is back everybody who is here is looked at.
      (error: unknown) => logger.warn({ error: String(error) }, 'whether a device was signed out is not known'),
    )
  }
  const stops = [
    revocation.onRevoked((deviceId) => registry.revoke(deviceId)),
    revocation.onRestored(() => registry.devices().forEach(check)),
  ]
  return { check, stop: () => stops.forEach((stop) => stop()) }
}
