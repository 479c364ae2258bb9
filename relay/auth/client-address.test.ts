import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { environmentReader, readNetworks } from '../config-readers.ts'
import { createClientAddress, limitKeyOf } from './client-address.ts'

function trusting(networks: string) {
  const problems: string[] = []
  const clientAddress = createClientAddress(readNetworks(environmentReader({ PROXIES: networks }), 'PROXIES', problems))
  expect(problems).toEqual([])
  return clientAddress
}

describe('createClientAddress', () => {
  it.each<[proxies: string, peer: string, forwardedFor: string | null, client: string]>([
    // Nobody is trusted: what they say counts for nothing.
    ['', '203.0.113.5', '1.2.3.4', '203.0.113.5'],
    ['10.0.0.0/8', '203.0.113.5', '1.2.3.4', '203.0.113.5'],
    ['10.0.0.0/8', '10.1.2.3', null, '10.1.2.3'],
    ['10.0.0.0/8', '10.1.2.3', '198.51.100.7', '198.51.100.7'],
    // Only what our own proxies added counts, from the right.
    ['10.0.0.0/8', '10.1.2.3', '1.1.1.1, 198.51.100.7', '198.51.100.7'],
    ['10.0.0.0/8', '10.1.2.3', '1.1.1.1, 198.51.100.7, 10.9.9.9', '198.51.100.7'],
    ['10.0.0.0/8', '10.1.2.3', '10.7.7.7,10.9.9.9', '10.7.7.7'],
    ['127.0.0.1', '::ffff:127.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['127.0.0.1', '127.0.0.1', '::ffff:198.51.100.7', '198.51.100.7'],
    ['127.0.0.1', '127.0.0.2', '198.51.100.7', '127.0.0.2'],
    ['2001:db8::/32, 10.0.0.1', '2001:0db8:0::1', '2001:DB9:0::7', '2001:db9::7'],
    ['10.0.0.1', '10.0.0.1', '198.51.100.7:4711', '198.51.100.7'],
    ['10.0.0.1', '10.0.0.1', '[2001:db9::7]:4711', '2001:db9::7'],
    // What is no address ends the search at the last that was sure.
    ['10.0.0.0/8', '10.1.2.3', '198.51.100.7, unknown', '10.1.2.3'],
    ['10.0.0.0/8', '10.1.2.3', '198.51.100.7, _hidden, 10.0.0.9', '10.0.0.9'],
    ['10.0.0.0/8', '10.1.2.3', '', '10.1.2.3'],
    ['0.0.0.0/0', '10.1.2.3', '1.1.1.1, 2.2.2.2', '1.1.1.1'],
  ])('behind %j a peer %s with %j is %s', (proxies, peer, forwardedFor, client) => {
    expect(trusting(proxies)(peer, forwardedFor)).toBe(client)
  })

  it('never believes anybody who is no proxy of ours, whatever they write', () => {
    const clientAddress = trusting('10.0.0.0/8')
    const hop = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())
    fc.assert(
      fc.property(fc.array(hop, { maxLength: 5 }), fc.array(fc.constantFrom('10.0.0.1', '10.2.2.2')), (lies, ours) => {
        const forwardedFor = [...lies, '198.51.100.7', ...ours].join(', ')
        expect(clientAddress('10.0.0.9', forwardedFor)).toBe('198.51.100.7')
        expect(clientAddress('198.51.100.7', lies.join(','))).toBe('198.51.100.7')
      }),
    )
  })
})

describe('limitKeyOf', () => {
  it.each([
    ['192.0.2.1', 'address:192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', 'address:2001:db8:1:2::/64'],
    ['2001:db8::6', 'address:2001:db8:0:0::/64'],
    ['2001:db8:1:2::', 'address:2001:db8:1:2::/64'],
    ['::1', 'address:0:0:0:0::/64'],
    ['fe80::1:2:3:4', 'address:fe80:0:0:0::/64'],
  ])('counts %s by %s', (address, key) => {
    expect(limitKeyOf(address)).toBe(key)
  })
})
