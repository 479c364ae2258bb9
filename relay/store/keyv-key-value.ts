import { type Keyv } from 'keyv'
import { StoreError, type Json, type KeyValue } from './key-value.ts'

/**
 * Keyv as our port: a failure is a rejection with `StoreError`, never a quiet `undefined` or `false`, which is what Keyv
 * makes of it by itself.
 *
 * @param keyv with `throwOnErrors`; its errors are given to the caller and nowhere else
 */
export function createKeyValue(keyv: Keyv<Json>): KeyValue {
  keyv.throwOnErrors = true
  // Without a listener an error event would be thrown a second time, past the caller.
  keyv.on('error', () => undefined)
  return {
    get: (key) => confirmed(() => keyv.get<Json>(key)),
    async set(key, value, ttlMs) {
      const isSet = await confirmed(() => keyv.set(key, value, ttlMs))
      if (!isSet) throw new StoreError('The store did not keep a record.')
    },
    delete: (key) => confirmed(() => keyv.delete(key)),
  }
}

async function confirmed<Value>(ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof StoreError) throw error
    throw new StoreError(`The store failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}
