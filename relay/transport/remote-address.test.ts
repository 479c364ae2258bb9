import { expect, it } from 'vitest'
import { plainAddress } from './remote-address.ts'

it.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['0000:0000:0000:0000:0000:ffff:7f00:0001', '127.0.0.1'],
  ['0000:0000:0000:0000:0000:0000:0000:0001', '::1'],
  ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
  ['', ''],
])('spells %s as %s', (address, expected) => {
  expect(plainAddress(address)).toBe(expected)
})
