import { createHash, createHmac, randomInt } from 'node:crypto'
import * as v from 'valibot'
import { withoutUndefined } from '../../shared/util/without-undefined.ts'
import { type KeyValue } from '../store/key-value.ts'
import { type Proof, tidyName } from './proof.ts'
import { deriveKey, type Secrets } from './secret.ts'

export interface PairingCodes {
  /**
   * Makes a code that lets somebody in once.
   *
   * @param userName names that differ in case or spelling of the same letters alone are the same user
   * @throws {StoreError} when it was not stored
   */
  make(userName: string, deviceName: string | undefined): Promise<PairingCode>
  /**
   * @param code as a person typed it
   * @returns undefined when it is no code, or none any more
   */
  prove(code: string): Promise<Proof | undefined>
}

interface PairingCode {
  /** In two groups, e.g. `7KQ2-M9XD`. */
  readonly code: string
  readonly expiresAt: Date
}

export interface PairingCodeOptions {
  readonly secrets: Secrets
  readonly keyValue: KeyValue
  /** `Journal.takeOnce` */
  readonly takeOnce: (key: string, ttlMs: number) => Promise<boolean>
}

/** From the operator's screen to the user's, ms. */
const LIFETIME_MS = 10 * 60_000

/** Crockford's: no I, L, O, U; 32 letters are 5 bits each. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** 40 bits: at 10 tries a minute for 10 minutes, one chance in ten thousand million. */
const LENGTH = 8

const CODE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`)

const recordSchema = v.object({ userName: v.string(), deviceName: v.optional(v.string()) })

/** Codes that an operator hands to somebody (docs/protocol.md §1.1, `code`). Only a keyed hash of one is stored. */
export function createPairingCodes({ secrets, keyValue, takeOnce }: PairingCodeOptions): PairingCodes {
  const [newestKey, ...olderKeys] = [keyOf(secrets[0]), ...secrets.slice(1).map(keyOf)] as const

  return {
    async make(userName, deviceName) {
      const letters = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
      const expiresAt = new Date(Date.now() + LIFETIME_MS)
      await keyValue.set(recordKey(newestKey, letters), withoutUndefined({ userName, deviceName }), LIFETIME_MS)
      return { code: `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}`, expiresAt }
    },

    async prove(code) {
      const letters = lettersOf(code)
      if (letters === undefined) return undefined
      for (const key of [newestKey, ...olderKeys]) {
        const id = recordKey(key, letters)
        const record = v.safeParse(recordSchema, await keyValue.get(id))
        if (!record.success) continue
        const { userName, deviceName } = record.output
        // Remembered for longer than the record can be there.
        const take = () => takeOnce(id, 2 * LIFETIME_MS)
        return withoutUndefined({ user: { id: codeUserId(userName), name: tidyName(userName) }, deviceName, take })
      }
      return undefined
    },
  }
}

/** @returns the id of the user with this name, however it is written */
export function codeUserId(userName: string): string {
  const name = tidyName(userName).toLowerCase()
  return `code:${createHash('sha256').update(name).digest('base64url')}`
}

/** @returns undefined when no code looks like this */
function lettersOf(typed: string): string | undefined {
  if (typed.length > 64) return undefined
  const letters = typed
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}]/gu, '')
    // Which letters look alike is Crockford's idea too.
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  return CODE.test(letters) ? letters : undefined
}

/** Keyed: 40 bits could be found by trying, by somebody who reads the store. */
function recordKey(key: Uint8Array, letters: string): string {
  return `pairing-code:${createHmac('sha256', key).update(letters).digest('base64url')}`
}

function keyOf(secret: string): Uint8Array {
  return deriveKey(secret, 'aside pairing code')
}
