import { afterAll, describe, expect, it } from 'vitest'
import { openMemory, openRedis, openSqlite } from '../support/open-stores.ts'
import { busContract } from './bus.contract.ts'
import { journalHistoryContract } from './journal-history.contract.ts'
import { journalContract } from './journal.contract.ts'
import { keyValueContract } from './key-value.contract.ts'

const kinds = await Promise.all([openMemory(), openSqlite(), openRedis()])

describe.each(kinds)('$name', (stores) => {
  afterAll(() => stores.close())

  keyValueContract(stores)
  journalContract(stores)
  journalHistoryContract(stores)
  // The bus of a file ends at the process.
  const { here } = stores
  busContract({ here: here.bus, there: stores.name === 'redis' ? stores.there.bus : here.bus })

  it('says that it is well', async () => {
    expect(await stores.here.isHealthy()).toBe(true)
  })
})
