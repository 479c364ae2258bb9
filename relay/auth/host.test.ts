import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHostCheck, isLoopbackAddress, isLoopbackHostHeader } from './host.ts'

describe('createHostCheck', () => {
  const isOwnHost = createHostCheck('192.168.1.5', 'https://aside.example:8443')

  it.each([
    '127.0.0.1',
    '127.0.0.1:8787',
    '127.1.2.3:1',
    'localhost',
    'LocalHost:8787',
    '[::1]',
    '[::1]:8787',
    '192.168.1.5:8787',
    'aside.example',
    'Aside.Example:443',
  ])('knows %s', (header) => {
    expect(isOwnHost(header)).toBe(true)
  })

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:8787',
    'localhost.evil.example',
    'evil-localhost',
    '127.0.0.1.evil.example',
    '127.0.0.1@evil.example',
    '127.0.0.1, evil.example',
    'evil.example#127.0.0.1',
    'aside.example.evil.example',
    '192.168.1.50',
    '0.0.0.0',
    '[::]',
    '::1',
    '2130706433',
    '127.1',
    'localhost:',
    'localhost:port',
    'localhost.',
  ])('does not know %j', (header) => {
    expect(isOwnHost(header)).toBe(false)
  })

  it('knows nothing but loopback without anything set', () => {
    const check = createHostCheck('127.0.0.1', undefined)
    expect(check('127.0.0.1:8787')).toBe(true)
    fc.assert(fc.property(fc.domain(), (domain) => !check(domain)))
  })

  it('knows the address in brackets of a public IPv6 URL', () => {
    expect(createHostCheck('127.0.0.1', 'http://[2001:db8::1]:8787')('[2001:db8::1]:8787')).toBe(true)
  })
})

describe('isLoopbackHostHeader', () => {
  it('does not take the public name, however right it is elsewhere', () => {
    expect(isLoopbackHostHeader('localhost:8787')).toBe(true)
    expect(isLoopbackHostHeader('aside.example')).toBe(false)
  })
})

describe('isLoopbackAddress', () => {
  it.each(['127.0.0.1', '127.255.255.254', '::1', '0000:0000:0000:0000:0000:0000:0000:0001', '::ffff:127.0.0.1'])(
    'takes %s',
    (address) => {
      expect(isLoopbackAddress(address)).toBe(true)
    },
  )

  it.each(['', 'localhost', '128.0.0.1', '10.0.0.1', '::', '::2', '::ffff:10.0.0.1', '0.0.0.0', '127.0.0.1:80'])(
    'does not take %j',
    (address) => {
      expect(isLoopbackAddress(address)).toBe(false)
    },
  )
})
