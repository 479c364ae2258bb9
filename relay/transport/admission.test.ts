import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHostCheck } from '../auth/host.ts'
import { createTickets } from '../auth/ticket.ts'
import { StoreError } from '../store/key-value.ts'
import { MemoryJournal } from '../store/memory-journal.ts'
import { decideAdmission, refuseForCapacity, type Admission, type AdmissionDeps, type Capacity } from './admission.ts'

const ORIGIN = 'chrome-extension://knfpaakmnadpbecgiplicddldlkfepni'
const ME = { user: { id: 'local', name: 'Me' }, deviceId: 'device-1' }

function makeTickets() {
  const journal = new MemoryJournal()
  return createTickets({
    secrets: ['a secret of at least thirty-two characters'],
    takeOnce: (key, ttlMs) => journal.takeOnce(key, ttlMs),
  })
}

function stage(changes: Partial<AdmissionDeps> = {}) {
  const tickets = makeTickets()
  const deps: AdmissionDeps = {
    isOwnHost: createHostCheck('127.0.0.1', undefined),
    allowedOrigins: new Set([ORIGIN]),
    capacity: () => Promise.resolve('open'),
    takeTicket: (ticket, origin) => tickets.take(ticket, origin),
    isRevoked: () => Promise.resolve(false),
    ...changes,
  }
  const { ticket } = tickets.issue({ identity: ME, resume: 'c1' }, ORIGIN)
  const decide = (headerChanges: Readonly<Record<string, string | undefined>> = {}, path = '/v1/live') => {
    const headers: Record<string, string | undefined> = {
      host: '127.0.0.1:8787',
      origin: ORIGIN,
      'sec-websocket-protocol': `aside.v1, ticket.${ticket}`,
      ...headerChanges,
    }
    return decideAdmission({ remoteAddress: '127.0.0.1', path, header: (name) => headers[name] }, deps)
  }
  return { decide, ticket }
}

/** Says `capacity` of everybody, or of those who are known alone. */
function capacityOf(capacity: Capacity, whose: 'everybody' | 'known'): Partial<AdmissionDeps> {
  return { capacity: (identity) => Promise.resolve(whose === 'known' && identity === undefined ? 'open' : capacity) }
}

function codeOf(admission: Admission) {
  return admission.admitted ? 'admitted' : `${admission.refusal.status} ${admission.refusal.code}`
}

describe('decideAdmission', () => {
  it('admits the bearer of a ticket, once', async () => {
    const { decide } = stage()
    expect(await decide()).toEqual({ admitted: true, identity: ME })
    expect(codeOf(await decide())).toBe('401 ticket_not_valid')
  })

  it('asks for room for the conversation of the ticket', async () => {
    const asked: unknown[] = []
    const { decide } = stage({
      capacity: (identity, resume) => {
        asked.push([identity, resume])
        return Promise.resolve('open')
      },
    })
    await decide()
    expect(asked).toEqual([
      [undefined, undefined],
      [ME, 'c1'],
    ])
  })

  it('refuses a device that was signed out meanwhile', async () => {
    const { decide } = stage({ isRevoked: (deviceId) => Promise.resolve(deviceId === ME.deviceId) })
    expect(codeOf(await decide())).toBe('401 ticket_not_valid')
  })

  it.each<Partial<AdmissionDeps>>([
    { takeTicket: () => Promise.reject(new StoreError('away')) },
    { isRevoked: () => Promise.reject(new StoreError('away')) },
    capacityOf('store', 'known'),
  ])('admits nobody while the store does not answer: %o', async (changes) => {
    const refused = await stage(changes).decide()
    expect(codeOf(refused)).toBe('503 store_unavailable')
    expect(refused).toMatchObject({ refusal: { headers: { 'retry-after': '2' } } })
  })

  it('does not hide a fault of its own behind a refusal', async () => {
    const { decide } = stage({ takeTicket: () => Promise.reject(new TypeError('a bug')) })
    await expect(decide()).rejects.toThrow('a bug')
  })

  it.each<[string, Record<string, string | undefined>]>([
    ['421 wrong_host', { host: 'evil.example' }],
    ['421 wrong_host', { host: undefined }],
    ['403 origin_not_allowed', { origin: 'https://evil.example' }],
    ['403 origin_not_allowed', { origin: 'null' }],
    ['426 protocol_not_supported', { 'sec-websocket-protocol': undefined }],
    ['426 protocol_not_supported', { 'sec-websocket-protocol': 'aside.v2, ticket.x' }],
    ['426 protocol_not_supported', { 'sec-websocket-protocol': 'ticket.aside.v1' }],
    ['401 ticket_not_valid', { 'sec-websocket-protocol': 'aside.v1' }],
    ['401 ticket_not_valid', { 'sec-websocket-protocol': 'aside.v1, ticket.' }],
    ['401 ticket_not_valid', { 'sec-websocket-protocol': 'aside.v1, ticket.wrong' }],
    // Bound to the origin that asked for it.
    ['401 ticket_not_valid', { origin: undefined }],
  ])('answers %s to %j', async (expected, changes) => {
    expect(codeOf(await stage().decide(changes))).toBe(expected)
  })

  it.each(['/', '/v1/live/', '/v1/liv', '/V1/LIVE', '/v1/tickets'])('answers 404 at %s', async (path) => {
    expect(codeOf(await stage().decide({}, path))).toBe('404 not_found')
  })

  it.each<[Capacity, string]>([
    ['full', '503 full'],
    ['draining', '503 draining'],
    ['store', '503 store_unavailable'],
  ])('keeps the ticket good when it is %s', async (capacity, expected) => {
    let now: Capacity = capacity
    const { decide } = stage({ capacity: () => Promise.resolve(now) })
    const refused = await decide()
    expect(codeOf(refused)).toBe(expected)
    expect(refused).toMatchObject({ refusal: { headers: { 'retry-after': expect.stringMatching(/^\d+$/) as string } } })
    now = 'open'
    expect(codeOf(await decide())).toBe('admitted')
  })

  it('answers 429 to a user who has enough conversations', async () => {
    expect(codeOf(await stage(capacityOf('user_full', 'known')).decide())).toBe('429 too_many_sessions')
  })

  it('tells a user who has talked enough today when the next day begins', () => {
    const refusal = refuseForCapacity('quota', Date.UTC(2026, 10, 21, 23, 59, 30))
    expect(refusal).toMatchObject({ status: 429, code: 'quota_spent', headers: { 'retry-after': '30' } })
    expect(refuseForCapacity('quota', Date.UTC(2026, 10, 21))?.headers).toEqual({ 'retry-after': '86400' })
  })

  it('admits nobody without the ticket, whatever else they say', async () => {
    const { decide } = stage()
    const header = fc.oneof(fc.string(), fc.constantFrom('aside.v1', 'aside.v1, ticket.x', '127.0.0.1', ORIGIN))
    await fc.assert(
      fc.asyncProperty(header, header, header, async (host, origin, protocol) => {
        const admission = await decide({ host, origin, 'sec-websocket-protocol': protocol })
        expect(admission.admitted).toBe(false)
      }),
    )
  })

  it('says in each refusal what a person can do', async () => {
    for (const capacity of ['full', 'draining', 'user_full', 'store'] as const) {
      const admission = await stage(capacityOf(capacity, 'known')).decide()
      expect(admission).toMatchObject({ refusal: { detail: expect.stringMatching(/try again/i) as string } })
    }
    expect(await stage().decide({ origin: 'https://evil.example' })).toMatchObject({
      refusal: { detail: expect.stringContaining('ASIDE_EXTENSION_IDS') as string },
    })
    expect(await stage().decide({ host: 'evil.example' })).toMatchObject({
      refusal: { detail: expect.stringContaining('ASIDE_PUBLIC_URL') as string },
    })
  })
})
