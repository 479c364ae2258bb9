import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { deriveKey, type Secrets } from './secret.ts'

/** Keeps secrets of others in a store that may be read by more people than this process. */
export interface Sealer {
  /** @returns base64url; another one each time */
  readonly seal: (text: string) => string
  /** @returns undefined for what was not sealed with one of the secrets, or was changed since */
  readonly open: (sealed: string) => string | undefined
}

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Seals with a key derived from `ASIDE_SECRET`: the newest seals, all of them open.
 *
 * @param purpose e.g. `aside brain handle`; what is sealed for one is never opened for another
 */
export function createSealer(secrets: Secrets, purpose: string): Sealer {
  const keys = secrets.map((secret) => deriveKey(secret, purpose))
  const sealingKey = deriveKey(secrets[0], purpose)
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, sealingKey, nonce)
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url')
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.byteLength < NONCE_BYTES + TAG_BYTES) return undefined
      for (const key of keys) {
        const text = openWith(key, bytes)
        if (text !== undefined) return text
      }
      return undefined
    },
  }
}

function openWith(key: Uint8Array, bytes: Buffer): string | undefined {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  const opened = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
  try {
    return Buffer.concat([opened, decipher.final()]).toString('utf8')
  } catch {
    // Not made with this key, or changed since.
    return undefined
  }
}
