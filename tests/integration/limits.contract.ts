import { describe, expect, it, onTestFinished } from 'vitest'
import { createLimits, limitRates, type LimitRates } from '../../relay/auth/limits.ts'
import { type OpenStores } from '../support/open-stores.ts'

const RATES: LimitRates = { pair: 3, tickets: 5, token: 4, previews: 2, requests: 50 }

/** What every limiter promises, in whatever store it counts. @param isShared whether two instances count together */
export function limitsContract(open: () => Promise<OpenStores>, isShared: boolean): void {
  async function stage() {
    const stores = await open()
    onTestFinished(() => stores.close())
    return {
      here: createLimits(RATES, stores.here.limiterClient),
      there: createLimits(RATES, stores.there.limiterClient),
    }
  }

  describe('limits', () => {
    it('let so many through and tell the next how long to wait', async () => {
      const { here } = await stage()
      for (const what of ['pair', 'tickets', 'token', 'previews', 'requests'] as const) {
        for (let count = 0; count < RATES[what]; count++) expect(await here.spend(what, 'address:a')).toBeUndefined()
        const waitS = await here.spend(what, 'address:a')
        expect(waitS).toBeGreaterThanOrEqual(1)
        expect(waitS).toBeLessThanOrEqual(60)
        expect(Number.isInteger(waitS)).toBe(true)
      }
    })

    it('count addresses and users each for themselves', async () => {
      const { here } = await stage()
      for (let count = 0; count < 10; count++) await here.spend('pair', 'address:a')
      expect(await here.spend('pair', 'address:a')).toBeDefined()
      expect(await here.spend('pair', 'address:b')).toBeUndefined()
      expect(await here.spend('pair', 'user:a')).toBeUndefined()
      expect(await here.spend('tickets', 'address:a')).toBeUndefined()
    })

    it('let exactly so many of many at once through', async () => {
      const { here } = await stage()
      const waits = await Promise.all(Array.from({ length: 100 }, () => here.spend('tickets', 'user:a')))
      expect(waits.filter((wait) => wait === undefined)).toHaveLength(RATES.tickets)
    })

    it(`are ${isShared ? 'shared by all instances' : 'of one instance'}`, async () => {
      const { here, there } = await stage()
      for (let count = 0; count < RATES.pair; count++) await here.spend('pair', 'address:a')
      expect((await there.spend('pair', 'address:a')) === undefined).toBe(!isShared)
    })
  })
}

describe('limitRates', () => {
  it('are the usual ones, or enough for all conversations of a user to come back at once', () => {
    expect(limitRates(2)).toEqual({ pair: 10, tickets: 60, token: 30, previews: 20, requests: 600 })
    expect(limitRates(1000)).toEqual({ pair: 2000, tickets: 2000, token: 2000, previews: 20, requests: 8000 })
  })
})
