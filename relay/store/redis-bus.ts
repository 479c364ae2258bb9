import { type Logger } from '../logger.ts'
import { type Bus } from './bus.ts'
import { type Json } from './key-value.ts'
import { RedisConnection } from './redis-connection.ts'
import { Topics } from './topics.ts'

/** One channel for all topics: there are few messages, and each instance listens to nearly all. */
const CHANNEL = 'aside:bus'

export interface RedisBus extends Bus {
  readonly isReady: boolean
  /** @throws {StoreError} when Redis cannot be reached */
  open(): Promise<void>
  close(): Promise<void>
}

/**
 * Tells other instances by Redis's publish and subscribe.
 *
 * @param publisher a connection for commands: one that listens can do nothing else
 */
export function createRedisBus(url: string, publisher: RedisConnection, logger: Logger): RedisBus {
  const topics = new Topics(logger)
  const restorations = new Topics(logger)

  const subscriber = new RedisConnection({
    url,
    logger,
    prepare: (client) => client.subscribe(CHANNEL, hear),
    onRestored: () => restorations.tell('restored', null),
  })

  function hear(text: string): void {
    const parsed = parseMessage(text)
    if (parsed === undefined) logger.warn({ bytes: text.length }, 'somebody else writes on the channel of the bus')
    else topics.tell(parsed.topic, parsed.message)
  }

  return {
    get isReady() {
      return subscriber.isReady
    },
    open: () => subscriber.open(),
    close: () => subscriber.close(),
    async publish(topic, message) {
      await publisher.run((client) => client.publish(CHANNEL, JSON.stringify({ topic, message })))
    },
    subscribe: (topic, onMessage) => topics.add(topic, onMessage),
    onRestored: (listener) => restorations.add('restored', () => listener()),
  }
}

function parseMessage(text: string): { readonly topic: string; readonly message: Json } | undefined {
  try {
    const parsed = JSON.parse(text) as { readonly topic?: unknown; readonly message?: Json } | null
    if (typeof parsed?.topic !== 'string' || parsed.message === undefined) return undefined
    return { topic: parsed.topic, message: parsed.message }
  } catch {
    return undefined
  }
}
