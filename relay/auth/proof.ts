import { type User } from './identity.ts'

/** What shows who somebody is, good for one pairing. */
export interface Proof {
  readonly user: User
  /** What the one who gave the right calls the device. */
  readonly deviceName?: string
  /**
   * Uses it up.
   *
   * @returns true for one of all callers on all instances
   * @throws {StoreError} when nobody can say
   */
  take(): Promise<boolean>
}

/** Longer names are cut where they come in, characters: they travel in every token and ticket. */
const MAX_NAME_LENGTH = 64

/** @returns the name as it is kept: one line, without what cannot be seen, not too long */
export function tidyName(name: string): string {
  const visible = name.normalize('NFKC').replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
  return Array.from(visible.replaceAll(/\s+/g, ' ').trim()).slice(0, MAX_NAME_LENGTH).join('')
}
