import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTickets } from './ticket.ts'

const USER = { id: 'local', name: 'Me' }
const ORIGIN = 'chrome-extension://knfpaakmnadpbecgiplicddldlkfepni'

function issue(tickets = createTickets(), origin: string | undefined = ORIGIN): string {
  return tickets.issue(USER, origin)!.ticket
}

describe('tickets', () => {
  it('are 256 random bits in base64url, unpadded, good for 30 seconds', () => {
    const tickets = createTickets()
    const { ticket, expiresIn } = tickets.issue(USER, ORIGIN)!
    expect(ticket).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(expiresIn).toBe(30)
    expect(new Set(Array.from({ length: 1000 }, () => issue(tickets))).size).toBe(1000)
  })

  it('are good once', () => {
    const tickets = createTickets()
    const ticket = issue(tickets)
    expect(tickets.take(ticket, ORIGIN)).toEqual(USER)
    expect(tickets.take(ticket, ORIGIN)).toBeUndefined()
  })

  it('give one of 1 000 takers at once their user', async () => {
    const tickets = createTickets()
    const ticket = issue(tickets)
    const takers = Array.from({ length: 1000 }, async () => {
      await Promise.resolve()
      return tickets.take(ticket, ORIGIN)
    })
    expect((await Promise.all(takers)).filter((user) => user !== undefined)).toEqual([USER])
  })

  it('are bound to the origin that asked, and gone once another has tried', () => {
    const tickets = createTickets()
    for (const [asked, came] of [
      [ORIGIN, undefined],
      [ORIGIN, 'https://example.com'],
      [undefined, ORIGIN],
    ] as const) {
      const ticket = tickets.issue(USER, asked)!.ticket
      expect(tickets.take(ticket, came)).toBeUndefined()
      expect(tickets.take(ticket, asked)).toBeUndefined()
    }
    const ofNoBrowser = tickets.issue(USER, undefined)!.ticket
    expect(tickets.take(ofNoBrowser, undefined)).toEqual(USER)
  })

  it('expire', () => {
    let now = 1000
    const tickets = createTickets({ now: () => now })
    const early = issue(tickets)
    const late = issue(tickets)
    now += 29_999
    expect(tickets.take(early, ORIGIN)).toEqual(USER)
    now += 1
    expect(tickets.take(late, ORIGIN)).toBeUndefined()
  })

  it('are bounded in number, and room comes back with time', () => {
    let now = 0
    const tickets = createTickets({ now: () => now, maxTickets: 3 })
    const first = issue(tickets)
    now += 10_000
    issue(tickets)
    issue(tickets)
    expect(tickets.issue(USER, ORIGIN)).toBeUndefined()
    expect(tickets.take(first, ORIGIN)).toEqual(USER)
    expect(tickets.issue(USER, ORIGIN)).toBeDefined()
    expect(tickets.issue(USER, ORIGIN)).toBeUndefined()
    now += 30_000
    expect(tickets.issue(USER, ORIGIN)).toBeDefined()
  })

  it('are not guessed from a text that looks like one', () => {
    const tickets = createTickets()
    const ticket = issue(tickets)
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.nat(42).map((at) => ticket.slice(0, at)),
        ),
        (text) => {
          expect(tickets.take(text, ORIGIN)).toBeUndefined()
        },
      ),
    )
    expect(tickets.take(`${ticket}=`, ORIGIN)).toBeUndefined()
    expect(tickets.take(ticket, ORIGIN)).toEqual(USER)
  })
})
