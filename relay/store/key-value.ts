/** JSON as it is stored. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/**
 * One key, one record, a time to live: Keyv behind it (docs/adr/0007). Every method rejects with {@link StoreError} when the
 * store did not confirm; a record past its time is not there.
 */
export interface KeyValue {
  get(key: string): Promise<Json | undefined>
  /** Resolves once the store has confirmed. @param ttlMs how long it is kept; for ever unless given */
  set(key: string, value: Json, ttlMs?: number): Promise<void>
  /** @returns whether there was something to delete */
  delete(key: string): Promise<boolean>
}

/** The store did not do, or did not confirm, what was asked: nothing may be reported as done. Trying again may help. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
}
