import KeyvRedis from '@keyv/redis'
import { Keyv } from 'keyv'
import { type Logger } from '../logger.ts'
import { type Json, type KeyValue } from './key-value.ts'
import { createKeyValue } from './keyv-key-value.ts'
import { createRedisBus } from './redis-bus.ts'
import { RedisConnection, type RedisClient } from './redis-connection.ts'
import { RedisJournal } from './redis-journal.ts'
import { type Store } from './store.ts'

/** How long the proof that Redis takes writes is kept, ms. */
const HEALTH_TTL_MS = 60_000

/**
 * A store that instances on several machines share.
 *
 * @param url `redis(s)://[user:password@]host[:port][/database]`
 * @throws {StoreError} when Redis cannot be used; the message says what to do, without the password
 */
export async function openRedisStore(url: string, { logger }: { readonly logger: Logger }): Promise<Store> {
  const commands = new RedisConnection({ url, logger: logger.child({ redis: 'commands' }) })
  const bus = createRedisBus(url, commands, logger.child({ redis: 'bus' }))
  try {
    await Promise.all([commands.open(), bus.open()])
  } catch (error) {
    await Promise.all([commands.close(), bus.close()])
    throw error
  }
  return {
    kind: 'redis',
    keyValue: redisKeyValue(commands),
    journal: new RedisJournal(commands),
    bus,
    limiterClient: {
      get isReady() {
        return commands.isReady
      },
      eval: (script, options) => commands.run((client) => client.eval(script, options)),
    },
    async isHealthy() {
      if (!bus.isReady) return false
      // A write: a full Redis, or a replica that was not promoted, answers pings too.
      const written = commands.run((client) => client.set('aside:health', '1', { PX: HEALTH_TTL_MS }))
      return written.then(
        () => true,
        () => false,
      )
    },
    async close() {
      await Promise.all([commands.close(), bus.close()])
    },
  }
}

/** Keyv on whatever connection stands: each client has its own, since Keyv would try to reopen one that is closed. */
function redisKeyValue(commands: RedisConnection): KeyValue {
  const records = new WeakMap<RedisClient, KeyValue>()
  const recordsOn = (client: RedisClient) => {
    const known = records.get(client)
    if (known !== undefined) return known
    const store = new KeyvRedis<Json>(client, { namespace: 'aside', throwOnErrors: true })
    const made = createKeyValue(new Keyv<Json>(store, { namespace: 'aside', useKeyPrefix: false }))
    records.set(client, made)
    return made
  }
  return {
    get: (key) => commands.run((client) => recordsOn(client).get(key)),
    set: (key, value, ttlMs) => commands.run((client) => recordsOn(client).set(key, value, ttlMs)),
    delete: (key) => commands.run((client) => recordsOn(client).delete(key)),
  }
}
