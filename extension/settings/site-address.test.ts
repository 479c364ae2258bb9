import { describe, expect, it } from 'vitest'
import { parseSite } from './site-address.ts'

describe('parseSite', () => {
  it.each([
    ['bank.example', 'bank.example'],
    ['  Bank.Example. ', 'bank.example'],
    ['*.bank.example', 'bank.example'],
    ['https://www.bank.example:8443/login?next=1#top', 'www.bank.example'],
    ['http://intranet/', 'intranet'],
    ['localhost:3000', 'localhost'],
    ['192.168.1.4', '192.168.1.4'],
    ['http://[::1]:8787/', '[::1]'],
    ['bücher.example', 'xn--bcher-kva.example'],
  ])('takes %j as %s', (typed, host) => {
    expect(parseSite(typed)).toEqual({ ok: true, host })
  })

  it.each([
    ['', 'empty'],
    ['*.', 'empty'],
    ['two words', 'unreadable'],
    ['*', 'unreadable'],
    ['https://', 'unreadable'],
    ['bank.*', 'unreadable'],
    [`${'a'.repeat(60)}.`.repeat(5), 'unreadable'],
    ['file:///etc/passwd', 'not-web'],
    ['chrome://settings', 'not-web'],
  ])('refuses %j: %s', (typed, problem) => {
    expect(parseSite(typed)).toEqual({ ok: false, problem })
  })
})
