import { hkdfSync } from 'node:crypto'

/** `ASIDE_SECRET`: the first makes what is new, all of them check what was made earlier. */
export type Secrets = readonly [string, ...string[]]

/**
 * A key of its own for each end the secret serves, so that what is made for one is never good for another (RFC 5869).
 *
 * @param purpose e.g. `aside access token`
 * @returns 256 bits
 */
export function deriveKey(secret: string, purpose: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32))
}
