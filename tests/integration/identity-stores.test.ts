import { describe, expect, it, onTestFinished } from 'vitest'
import { createAuthority, type Authority } from '../../relay/auth/authority.ts'
import { type Identity } from '../../relay/auth/identity.ts'
import { createLimits, limitRates } from '../../relay/auth/limits.ts'
import { type Secrets } from '../../relay/auth/secret.ts'
import { StoreError } from '../../relay/store/key-value.ts'
import { type Store } from '../../relay/store/store.ts'
import { openMemory, openRedis, openSqlite, type OpenStores } from '../support/open-stores.ts'
import { Watch } from '../support/watch.ts'
import { limitsContract } from './limits.contract.ts'

const ORIGIN = 'chrome-extension://knfpaakmnadpbecgiplicddldlkfepni'
const SECRET = 'a secret of at least thirty-two characters'
const NEW_SECRET = 'another secret of more than thirty-two characters'
const ME: Identity = { user: { id: 'code:ada', name: 'Ada' }, deviceId: 'device-1' }

function authorityOf(store: Store, secrets: Secrets = [SECRET]): Authority {
  return createAuthority({
    secrets,
    store,
    pairing: { kind: 'code' },
    trustedProxies: [],
    rates: limitRates(2),
    onTrouble: (error) => {
      throw error
    },
  })
}

async function twoInstances(open: () => Promise<OpenStores>) {
  const stores = await open()
  onTestFinished(() => stores.close())
  return { a: authorityOf(stores.here), b: authorityOf(stores.there), stores }
}

describe.each([
  ['memory', openMemory],
  ['sqlite', openSqlite],
  ['redis', openRedis],
])('two instances on %s', (_name, open) => {
  it('give one of 1 000 takers at once what the ticket is for', async () => {
    const { a, b } = await twoInstances(open)
    const { ticket } = a.tickets.issue({ identity: ME }, ORIGIN)
    const takers = Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? a : b).tickets.take(ticket, ORIGIN))
    const admitted = (await Promise.all(takers)).filter((taken) => taken !== undefined)
    expect(admitted).toEqual([{ identity: ME }])
  })

  it('burn a ticket that is tried from another origin', async () => {
    const { a, b } = await twoInstances(open)
    const { ticket } = a.tickets.issue({ identity: ME }, ORIGIN)
    expect(await b.tickets.take(ticket, undefined)).toBeUndefined()
    expect(await a.tickets.take(ticket, ORIGIN)).toBeUndefined()
  })

  it('pair one device with a code, whoever is faster', async () => {
    const { a, b } = await twoInstances(open)
    if (a.pairing.kind !== 'code' || b.pairing.kind !== 'code') throw new Error('not by code')
    const { code } = await a.pairing.codes.make('Ada', undefined)
    const [proofA, proofB] = await Promise.all([a.pairing.codes.prove(code), b.pairing.codes.prove(code)])
    const taken = await Promise.all(
      Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? proofA : proofB)!.take()),
    )
    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  it('refresh each other’s tokens, many at once into one successor', async () => {
    const { a, b } = await twoInstances(open)
    const paired = await a.signIn.pair(ME.user, 'Laptop')
    const refreshed = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? a : b).signIn.refresh(paired.refreshToken)),
    )
    const successors = refreshed.map((result) => (result.ok ? result.tokens.refreshToken : result.fault))
    expect(new Set(successors).size).toBe(1)
    expect(successors[0]).not.toBe(paired.refreshToken)
    expect((await b.signIn.refresh(successors[0]!)).ok).toBe(true)
  })

  it('remember who was signed out, and tell each other where they can', async () => {
    const { a, b, stores } = await twoInstances(open)
    const { refreshToken, accessToken } = await a.signIn.pair(ME.user, 'Laptop')
    const check = await b.accessTokens.verify(accessToken)
    if (!check.ok) throw new Error(check.fault)
    const { deviceId } = check.identity
    const heard: string[] = []
    const watch = new Watch()
    // Two processes on one SQLite file have no bus: such a relay is a single one, or a command beside it.
    const listening = stores.name === 'sqlite' ? a : b
    listening.revocation.onRevoked((id) => {
      heard.push(id)
      watch.changed()
    })
    expect(await b.revocation.isRevoked(deviceId)).toBe(false)
    await a.signIn.logOut(deviceId)
    expect(await b.revocation.isRevoked(deviceId)).toBe(true)
    expect(await b.signIn.refresh(refreshToken)).toEqual({ ok: false, fault: 'unknown' })
    await watch.until(() => (heard.length > 0 ? true : undefined))
    expect(heard).toEqual([deviceId])
    // Again is no fault: the answer of the first may have been lost.
    await a.signIn.logOut(deviceId)
  })

  it('take what an older secret made while it is named, and refresh tokens for ever', async () => {
    const { a, stores } = await twoInstances(open)
    const paired = await a.signIn.pair(ME.user, 'Laptop')
    const tickets = Array.from({ length: 2 }, () => a.tickets.issue({ identity: ME }, ORIGIN).ticket)
    const rotated = authorityOf(stores.there, [NEW_SECRET, SECRET])
    expect((await rotated.accessTokens.verify(paired.accessToken)).ok).toBe(true)
    expect(await rotated.tickets.take(tickets[0]!, ORIGIN)).toEqual({ identity: ME })
    const forgotten = authorityOf(stores.there, [NEW_SECRET])
    expect(await forgotten.accessTokens.verify(paired.accessToken)).toEqual({ ok: false, fault: 'invalid' })
    expect(await forgotten.tickets.take(tickets[1]!, ORIGIN)).toBeUndefined()
    const refreshed = await forgotten.signIn.refresh(paired.refreshToken)
    if (!refreshed.ok) throw new Error(refreshed.fault)
    expect((await forgotten.accessTokens.verify(refreshed.tokens.accessToken)).ok).toBe(true)
  })
})

describe('in memory', () => {
  limitsContract(openMemory, false)
})

describe('in Redis', () => {
  limitsContract(openRedis, true)

  it('instances count for themselves while it is away, and let nobody in unseen', async () => {
    const stores = await openRedis()
    const authority = authorityOf(stores.here)
    const limits = createLimits({ pair: 3, tickets: 3, token: 3, previews: 3, requests: 3 }, stores.here.limiterClient)
    const { ticket } = authority.tickets.issue({ identity: ME }, ORIGIN)
    await stores.close()
    for (let count = 0; count < 3; count++) expect(await limits.spend('pair', 'address:a')).toBeUndefined()
    expect(await limits.spend('pair', 'address:a')).toBeGreaterThanOrEqual(1)
    await expect(authority.tickets.take(ticket, ORIGIN)).rejects.toThrow(StoreError)
    await expect(authority.signIn.pair(ME.user, undefined)).rejects.toThrow(StoreError)
    await expect(authority.signIn.refresh('A'.repeat(43))).rejects.toThrow(StoreError)
    await expect(authority.signIn.logOut(ME.deviceId)).rejects.toThrow(StoreError)
    await expect(authority.revocation.isRevoked(ME.deviceId)).rejects.toThrow(StoreError)
  })
})
