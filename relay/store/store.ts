import { type Bus } from './bus.ts'
import { type Journal } from './journal.ts'
import { type KeyValue } from './key-value.ts'
import { type LimiterClient } from './limiter-client.ts'

/** Everything that outlives a process, behind one address (`ASIDE_STORE`). */
export interface Store {
  readonly kind: 'memory' | 'sqlite' | 'redis'
  readonly keyValue: KeyValue
  readonly journal: Journal
  readonly bus: Bus
  /** Where instances count for limits together: with Redis. */
  readonly limiterClient?: LimiterClient
  /** Whether the store answers now; never rejects. */
  isHealthy(): Promise<boolean>
  /** Ends connections; open calls are answered first. Idempotent. */
  close(): Promise<void>
}
