import { type Logger } from '../logger.ts'
import { type Bus } from './bus.ts'
import { type Json } from './key-value.ts'
import { Topics } from './topics.ts'

/** A bus within one process: it never misses anything, so nothing is ever restored. */
export function createMemoryBus(logger: Logger): Bus {
  const topics = new Topics(logger)
  return {
    async publish(topic, message) {
      // A copy, and later: as between processes, nobody hears of it inside the call or shares the object.
      const copy = JSON.parse(JSON.stringify(message)) as Json
      await Promise.resolve()
      topics.tell(topic, copy)
    },
    subscribe: (topic, onMessage) => topics.add(topic, onMessage),
    onRestored: () => () => undefined,
  }
}
