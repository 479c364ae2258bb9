import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { MemoryJournal } from '../store/memory-journal.ts'
import { createTickets, type Admitted, type TicketOptions } from './ticket.ts'

/** Thousands of runs on a machine that does other things too, ms. */
vi.setConfig({ testTimeout: 60_000 })

const SECRET = 'a secret of at least thirty-two characters'
const OTHER_SECRET = 'another secret of more than thirty-two characters'
const ORIGIN = 'chrome-extension://knfpaakmnadpbecgiplicddldlkfepni'
const ME: Admitted = { identity: { user: { id: 'local', name: 'Me — ich' }, deviceId: 'device-1' } }

function make(options: Partial<TicketOptions> = {}) {
  const journal = new MemoryJournal()
  return createTickets({ secrets: [SECRET], takeOnce: (key, ttlMs) => journal.takeOnce(key, ttlMs), ...options })
}

describe('tickets', () => {
  it('are base64url without padding, short, each of its own, good for 30 seconds', () => {
    const tickets = make()
    const { ticket, expiresIn } = tickets.issue(ME, ORIGIN)
    expect(ticket).toMatch(/^[A-Za-z0-9_-]{100,300}$/)
    expect(expiresIn).toBe(30)
    expect(new Set(Array.from({ length: 1000 }, () => tickets.issue(ME, ORIGIN).ticket)).size).toBe(1000)
  })

  it('say nothing to those who carry them', () => {
    const { ticket } = make().issue(ME, ORIGIN)
    const bytes = Buffer.from(ticket, 'base64url').toString('latin1')
    for (const word of ['local', 'device-1', 'chrome-extension']) expect(bytes).not.toContain(word)
  })

  it('are good once, on any instance that shares the secret and the store', async () => {
    const journal = new MemoryJournal()
    const takeOnce = (key: string, ttlMs: number) => journal.takeOnce(key, ttlMs)
    const [a, b] = [make({ takeOnce }), make({ takeOnce })]
    const { ticket } = a.issue(ME, ORIGIN)
    expect(await b.take(ticket, ORIGIN)).toEqual(ME)
    expect(await b.take(ticket, ORIGIN)).toBeUndefined()
    expect(await a.take(ticket, ORIGIN)).toBeUndefined()
  })

  it('are one whatever their spelling', async () => {
    const tickets = make()
    // The last letter of most lengths holds bits that decode to nothing.
    for (let length = 0; length < 3; length++) {
      const { ticket } = tickets.issue({ ...ME, resume: 'x'.repeat(length) }, ORIGIN)
      expect(await tickets.take(ticket, ORIGIN)).toBeDefined()
      for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
        expect(await tickets.take(ticket.slice(0, -1) + last, ORIGIN)).toBeUndefined()
    }
  })

  it('remember the conversation they were asked for', async () => {
    const tickets = make()
    const admitted = { ...ME, resume: 'c1' }
    expect(await tickets.take(tickets.issue(admitted, ORIGIN).ticket, ORIGIN)).toEqual(admitted)
  })

  it('are bound to the origin that asked, and gone once another has tried', async () => {
    const tickets = make()
    for (const [asked, came] of [
      [ORIGIN, undefined],
      [ORIGIN, 'https://example.com'],
      [undefined, ORIGIN],
    ] as const) {
      const { ticket } = tickets.issue(ME, asked)
      expect(await tickets.take(ticket, came)).toBeUndefined()
      expect(await tickets.take(ticket, asked)).toBeUndefined()
    }
    const ofNoBrowser = tickets.issue(ME, undefined).ticket
    expect(await tickets.take(ofNoBrowser, undefined)).toEqual(ME)
  })

  it('expire, and are refused when their time is not of this world', async () => {
    let now = Date.UTC(2026, 10, 21)
    const tickets = make({ now: () => now })
    const early = tickets.issue(ME, ORIGIN).ticket
    const late = tickets.issue(ME, ORIGIN).ticket
    now += 29_999
    expect(await tickets.take(early, ORIGIN)).toEqual(ME)
    now += 1
    expect(await tickets.take(late, ORIGIN)).toBeUndefined()
    // From an instance whose clock is half a minute ahead; then one of whose clock nothing can be believed.
    const ahead = tickets.issue(ME, ORIGIN).ticket
    const farAhead = tickets.issue(ME, ORIGIN).ticket
    now -= 30_000
    expect(await tickets.take(ahead, ORIGIN)).toEqual(ME)
    now -= 1000
    expect(await tickets.take(farAhead, ORIGIN)).toBeUndefined()
  })

  it('of a rotated secret are good while it is named', async () => {
    const { ticket } = make().issue(ME, ORIGIN)
    expect(await make({ secrets: [OTHER_SECRET] }).take(ticket, ORIGIN)).toBeUndefined()
    expect(await make({ secrets: [OTHER_SECRET, SECRET] }).take(ticket, ORIGIN)).toEqual(ME)
  })

  it('are not taken for good when nobody can say whether they were taken', async () => {
    const away = make({ takeOnce: () => Promise.reject(new Error('away')) })
    await expect(away.take(away.issue(ME, ORIGIN).ticket, ORIGIN)).rejects.toThrow('away')
  })

  it('are not guessed from a text that looks like one', async () => {
    const tickets = make()
    const { ticket } = tickets.issue(ME, ORIGIN)
    const text = fc.oneof(
      fc.string(),
      fc.nat(ticket.length - 1).map((at) => ticket.slice(0, at)),
      fc.base64String({ minLength: 40, maxLength: 300 }).map((base64) => base64.replaceAll(/[+/=]/g, '_')),
    )
    await fc.assert(
      fc.asyncProperty(text, async (guess) => {
        expect(await tickets.take(guess, ORIGIN)).toBeUndefined()
      }),
      { numRuns: 2000 },
    )
    expect(await tickets.take(`${ticket}=`, ORIGIN)).toBeUndefined()
    expect(await tickets.take(ticket, ORIGIN)).toEqual(ME)
  })
})
