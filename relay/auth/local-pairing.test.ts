import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refuseLocalPairing } from './local-pairing.ts'

const ORIGIN = 'chrome-extension://knfpaakmnadpbecgiplicddldlkfepni'

function decide(changes: Record<string, string | undefined> = {}, remoteAddress = '127.0.0.1') {
  const headers = new Headers()
  const all: Record<string, string | undefined> = {
    host: '127.0.0.1:8787',
    'content-type': 'application/json',
    ...changes,
  }
  for (const [name, value] of Object.entries(all)) if (value !== undefined) headers.set(name, value)
  return refuseLocalPairing({ remoteAddress, headers, allowedOrigins: new Set([ORIGIN]) })
}

describe('refuseLocalPairing', () => {
  it('takes the extension and command-line clients of this machine', () => {
    expect(decide()).toBeUndefined()
    expect(decide({ origin: ORIGIN })).toBeUndefined()
    expect(decide({ origin: ORIGIN, 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'none' })).toBeUndefined()
    expect(decide({ host: 'localhost:8787', 'content-type': 'application/json; charset=utf-8' })).toBeUndefined()
    expect(decide({ host: '[::1]:8787' }, '::1')).toBeUndefined()
  })

  it.each(['10.0.0.1', '192.168.1.5', '::ffff:10.0.0.1', '2001:db8::1', ''])('refuses the peer %j', (address) => {
    expect(decide({}, address)).toBe('not_loopback')
  })

  it.each(['evil.example', 'aside.example:8787', '10.0.0.1', undefined])('refuses the host %j', (host) => {
    expect(decide({ host })).toBe('host')
  })

  it.each(['forwarded', 'via', 'x-forwarded-for', 'X-Forwarded-Host', 'x-forwarded-proto', 'x-forwarded-anything'])(
    'refuses what came through a proxy: %s',
    (name) => {
      expect(decide({ [name]: '127.0.0.1' })).toBe('forwarded')
      expect(decide({ [name]: '' })).toBe('forwarded')
    },
  )

  it.each([undefined, 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonp'])(
    'refuses the content type %j, which a web page may send unasked',
    (type) => {
      expect(decide({ 'content-type': type })).toBe('content_type')
    },
  )

  it.each(['https://example.com', 'null', 'http://127.0.0.1:8787', `${ORIGIN}x`])('refuses the origin %j', (origin) => {
    expect(decide({ origin })).toBe('origin')
  })

  it('refuses a browser that hides where it comes from', () => {
    for (const name of ['sec-fetch-site', 'sec-fetch-mode', 'sec-fetch-dest', 'Sec-Fetch-User'])
      expect(decide({ [name]: 'none' })).toBe('browser_without_origin')
  })

  it('never takes a request that breaks any one condition, whatever else it says', () => {
    const good = { remoteAddress: '127.0.0.1', headers: {} as Record<string, string | undefined> }
    const broken = fc.constantFrom(
      { ...good, remoteAddress: '10.1.2.3' },
      { ...good, headers: { host: 'evil.example' } },
      { ...good, headers: { 'x-forwarded-for': '1.2.3.4' } },
      { ...good, headers: { 'content-type': 'text/plain' } },
      { ...good, headers: { origin: 'https://evil.example' } },
    )
    const decoration = fc.dictionary(
      fc.constantFrom('accept', 'user-agent', 'x-real-ip', 'cookie', 'authorization', 'sec-fetch-site'),
      fc.constantFrom('127.0.0.1', 'none', 'same-origin', ORIGIN),
    )
    fc.assert(
      fc.property(broken, decoration, ({ remoteAddress, headers }, extra) => {
        expect(decide({ ...extra, ...headers }, remoteAddress)).toBeDefined()
      }),
    )
  })
})
