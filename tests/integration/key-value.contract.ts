import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { type Json } from '../../relay/store/key-value.ts'
import { untilTrue } from '../support/eventually.ts'
import { type OpenStores } from '../support/open-stores.ts'

/** What relay/store/key-value.ts promises of every store. */
export function keyValueContract({ here, there }: OpenStores): void {
  it('keeps any JSON under any key, for every instance', async () => {
    const values: Json[] = [
      'größer 🙂',
      '',
      ':colon',
      ':base64:eA==',
      0,
      -1.5,
      true,
      false,
      null,
      [],
      {},
      [1, ['two', null]],
      { nested: { list: [1] }, undefined: 'undefined', __proto__x: 1 },
    ]
    const keys = values.map((_, index) => `${randomUUID()}:%_*?[a]’ ${index}`)
    await Promise.all(keys.map((key, index) => here.keyValue.set(key, values[index] ?? null)))
    expect(await Promise.all(keys.map((key) => there.keyValue.get(key)))).toEqual(values)
  })

  it('has nothing where nothing was set', async () => {
    expect(await here.keyValue.get(randomUUID())).toBeUndefined()
    expect(await here.keyValue.delete(randomUUID())).toBe(false)
  })

  it('replaces a record, and its time', async () => {
    const key = randomUUID()
    await here.keyValue.set(key, 'first', 30)
    await there.keyValue.set(key, 'second')
    const other = randomUUID()
    await here.keyValue.set(other, 'until', 30)
    await untilTrue(async () => (await here.keyValue.get(other)) === undefined)
    expect(await here.keyValue.get(key)).toBe('second')
  })

  it('deletes a record, and says whether it was there', async () => {
    const key = randomUUID()
    await here.keyValue.set(key, 1)
    expect(await there.keyValue.delete(key)).toBe(true)
    expect(await here.keyValue.get(key)).toBeUndefined()
    expect(await here.keyValue.delete(key)).toBe(false)
  })

  it('has no record past its time, not even one to delete', async () => {
    const [key, witness] = [randomUUID(), randomUUID()]
    await here.keyValue.set(key, 1, 30)
    await here.keyValue.set(witness, 1, 30)
    await untilTrue(async () => (await there.keyValue.get(witness)) === undefined)
    expect(await here.keyValue.delete(key)).toBe(false)
    expect(await here.keyValue.get(key)).toBeUndefined()
  })

  it('keeps a record until its time', async () => {
    const key = randomUUID()
    await here.keyValue.set(key, 'kept', 600_000)
    expect(await there.keyValue.get(key)).toBe('kept')
  })
}
