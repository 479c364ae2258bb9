import { type Bus } from './bus.ts'
import { type Journal } from './journal.ts'
import { type KeyValue } from './key-value.ts'

/** Everything that outlives a process, behind one address (`ASIDE_STORE`). */
export interface Store {
  readonly kind: 'memory' | 'sqlite' | 'redis'
  readonly keyValue: KeyValue
  readonly journal: Journal
  readonly bus: Bus
  /**
   * The connection that counts for limits go over, with Redis: for `relay/auth/limits.ts`, whose library speaks to it itself.
   * Nobody else looks inside.
   */
  readonly limiterClient?: object
  /** Whether the store answers now; never rejects. */
  isHealthy(): Promise<boolean>
  /** Ends connections; open calls are answered first. Idempotent. */
  close(): Promise<void>
}
