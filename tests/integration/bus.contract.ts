import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { type Bus } from '../../relay/store/bus.ts'
import { type Json } from '../../relay/store/key-value.ts'
import { untilTrue } from '../support/eventually.ts'

/** What relay/store/bus.ts promises. @param there the bus of another instance, or the same where there is only one */
export function busContract({ here, there }: { readonly here: Bus; readonly there: Bus }): void {
  it('tells every instance, this one included, in order', async () => {
    const topic = randomUUID()
    const heard: Record<'here' | 'there', Json[]> = { here: [], there: [] }
    here.subscribe(topic, (message) => heard.here.push(message))
    there.subscribe(topic, (message) => heard.there.push(message))
    const messages: Json[] = [{ id: 'größer 🙂', fence: 3 }, 'text', null, [1, 2]]
    await untilHeard(there, topic, heard)
    for (const message of messages) await there.publish(topic, message)
    await untilTrue(() => heard.here.length >= messages.length && heard.there.length >= messages.length)
    expect(heard).toEqual({ here: messages, there: messages })
  })

  it('tells only who listens to the topic', async () => {
    const [topic, other] = [randomUUID(), randomUUID()]
    const heard: Json[] = []
    here.subscribe(topic, (message) => heard.push(message))
    const others: Json[] = []
    here.subscribe(other, (message) => others.push(message))
    await untilTrue(async () => {
      await there.publish(other, 'elsewhere')
      await there.publish(topic, 'here')
      return heard.length > 0 && others.length > 0
    })
    expect(new Set(heard)).toEqual(new Set(['here']))
    expect(new Set(others)).toEqual(new Set(['elsewhere']))
  })

  it('ends a subscription, and only that one', async () => {
    const topic = randomUUID()
    const heard = { ended: 0, going: 0 }
    const end = here.subscribe(topic, () => heard.ended++)
    here.subscribe(topic, () => heard.going++)
    await untilTrue(async () => {
      await here.publish(topic, 1)
      return heard.going > 0
    })
    const before = heard.ended
    expect(before).toBeGreaterThan(0)
    end()
    end()
    const goal = heard.going + 2
    await untilTrue(async () => {
      await here.publish(topic, 2)
      return heard.going >= goal
    })
    expect(heard.ended).toBe(before)
  })

  it('goes on when a listener throws', async () => {
    const topic = randomUUID()
    let heard = 0
    here.subscribe(topic, () => {
      throw new Error('a listener that fails')
    })
    here.subscribe(topic, () => heard++)
    await untilTrue(async () => {
      await here.publish(topic, 1)
      return heard > 1
    })
  })
}

/** A subscription may take a moment to reach the store: until then a message may be missed. Ends with nothing heard. */
async function untilHeard(bus: Bus, topic: string, heard: Record<'here' | 'there', Json[]>): Promise<void> {
  await untilTrue(async () => {
    await bus.publish(topic, 'listening?')
    return heard.here.length > 0 && heard.there.length > 0
  })
  // What is sent last is heard last: nothing is on its way any more.
  await bus.publish(topic, 'ready')
  await untilTrue(() => heard.here.at(-1) === 'ready' && heard.there.at(-1) === 'ready')
  heard.here.length = 0
  heard.there.length = 0
}
