import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHostCheck } from '../auth/host.ts'
import { createTickets } from '../auth/ticket.ts'
import { decideAdmission, type AdmissionDeps, type Capacity } from './admission.ts'

const ORIGIN = 'chrome-extension://knfpaakmnadpbecgiplicddldlkfepni'
const USER = { id: 'local', name: 'Me' }

function stage(capacity: Capacity = 'open', userCapacity: Capacity = 'open') {
  const tickets = createTickets()
  const deps: AdmissionDeps = {
    isOwnHost: createHostCheck('127.0.0.1', undefined),
    allowedOrigins: new Set([ORIGIN]),
    capacity: (user) => (user === undefined ? capacity : userCapacity),
    takeTicket: (ticket, origin) => tickets.take(ticket, origin),
  }
  const { ticket } = tickets.issue(USER, ORIGIN)!
  const decide = (changes: Readonly<Record<string, string | undefined>> = {}, path = '/v1/live') => {
    const headers: Record<string, string | undefined> = {
      host: '127.0.0.1:8787',
      origin: ORIGIN,
      'sec-websocket-protocol': `aside.v1, ticket.${ticket}`,
      ...changes,
    }
    return decideAdmission({ remoteAddress: '127.0.0.1', path, header: (name) => headers[name] }, deps)
  }
  return { decide, ticket }
}

function codeOf(admission: ReturnType<typeof decideAdmission>) {
  return admission.admitted ? 'admitted' : `${admission.refusal.status} ${admission.refusal.code}`
}

describe('decideAdmission', () => {
  it('admits the bearer of a ticket, once', () => {
    const { decide } = stage()
    expect(decide()).toEqual({ admitted: true, user: USER })
    expect(codeOf(decide())).toBe('401 ticket_not_valid')
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
  ])('answers %s to %j', (expected, changes) => {
    expect(codeOf(stage().decide(changes))).toBe(expected)
  })

  it.each(['/', '/v1/live/', '/v1/liv', '/V1/LIVE', '/v1/tickets'])('answers 404 at %s', (path) => {
    expect(codeOf(stage().decide({}, path))).toBe('404 not_found')
  })

  it.each<[Capacity, string]>([
    ['full', '503 full'],
    ['draining', '503 draining'],
  ])('keeps the ticket good when it is %s', (capacity, expected) => {
    let now: Capacity = capacity
    const tickets = createTickets()
    const { ticket } = tickets.issue(USER, ORIGIN)!
    const decide = () =>
      decideAdmission(
        {
          remoteAddress: '127.0.0.1',
          path: '/v1/live',
          header: (name) =>
            ({ host: 'localhost', origin: ORIGIN, 'sec-websocket-protocol': `ticket.${ticket},aside.v1` })[name],
        },
        {
          isOwnHost: createHostCheck('127.0.0.1', undefined),
          allowedOrigins: new Set([ORIGIN]),
          capacity: () => now,
          takeTicket: (text, origin) => tickets.take(text, origin),
        },
      )
    const refused = decide()
    expect(codeOf(refused)).toBe(expected)
    expect(refused).toMatchObject({ refusal: { headers: { 'retry-after': expect.stringMatching(/^\d+$/) as string } } })
    now = 'open'
    expect(codeOf(decide())).toBe('admitted')
  })

  it('answers 429 to a user who has enough conversations', () => {
    expect(codeOf(stage('open', 'user_full').decide())).toBe('429 too_many_sessions')
  })

  it('admits nobody without the ticket, whatever else they say', () => {
    const { decide } = stage()
    const header = fc.oneof(fc.string(), fc.constantFrom('aside.v1', 'aside.v1, ticket.x', '127.0.0.1', ORIGIN))
    fc.assert(
      fc.property(header, header, header, (host, origin, protocol) => {
        const admission = decide({ host, origin, 'sec-websocket-protocol': protocol })
        expect(admission.admitted).toBe(false)
      }),
    )
  })

  it('says in each refusal what a person can do', () => {
    for (const [capacity, userCapacity] of [
      ['full', 'open'],
      ['draining', 'open'],
      ['open', 'user_full'],
    ] as const) {
      const admission = stage(capacity, userCapacity).decide()
      expect(admission).toMatchObject({ refusal: { detail: expect.stringMatching(/try again/i) as string } })
    }
    expect(stage().decide({ origin: 'https://evil.example' })).toMatchObject({
      refusal: { detail: expect.stringContaining('ASIDE_EXTENSION_IDS') as string },
    })
    expect(stage().decide({ host: 'evil.example' })).toMatchObject({
      refusal: { detail: expect.stringContaining('ASIDE_PUBLIC_URL') as string },
    })
  })
})
