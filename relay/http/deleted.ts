import { type Logger } from '../logger.ts'
import { type Bus } from '../store/bus.ts'

/** Tells every instance that these conversations are gone, so that whoever talks in one is told at once. */
export type TellDeleted = (ids: readonly string[]) => Promise<void>

/** Publishes `deleted` `{id}` on the bus. Never rejects: who misses it is refused with its next word. */
export function tellDeletedOn(bus: Pick<Bus, 'publish'>, logger: Pick<Logger, 'warn'>): TellDeleted {
  return async (ids) => {
    const told = await Promise.allSettled(ids.map((id) => bus.publish('deleted', { id })))
    const missed = told.filter(({ status }) => status === 'rejected').length
    if (missed > 0) logger.warn({ missed }, 'other relays could not be told of deleted conversations')
  }
}
