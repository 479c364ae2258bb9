import { BlockList, isIP, SocketAddress } from 'node:net'
import { type Network } from '../config-readers.ts'

/**
 * Whose request it is: the peer's address, or, where the peer is a proxy of the operator's, the right-most address in
 * `X-Forwarded-For` that is no such proxy. What stands further left anybody may have written.
 *
 * @param remoteAddress as the engine says it
 * @param forwardedFor the header, all its lines joined
 */
export type ClientAddress = (remoteAddress: string, forwardedFor: string | null) => string

/** @param trustedProxies `ASIDE_TRUSTED_PROXIES` */
export function createClientAddress(trustedProxies: readonly Network[]): ClientAddress {
  const trusted = new BlockList()
  for (const { address, prefixBits, family } of trustedProxies) trusted.addSubnet(address, prefixBits, family)
  const isTrusted = (address: string) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

  return (remoteAddress, forwardedFor) => {
    let address = plain(remoteAddress) ?? remoteAddress
    const hops = forwardedFor === null ? [] : forwardedFor.split(',')
    while (isIP(address) !== 0 && isTrusted(address)) {
      const hop = hops.pop()
      const next = hop === undefined ? undefined : plain(withoutPort(hop.trim()))
      // Nothing more, or nothing that is an address: the proxy itself is the last that is known.
      if (next === undefined) return address
      address = next
    }
    return address
  }
}

/**
 * What limits count by: an IPv4 address, or the network an IPv6 address is in, since one customer has 2⁶⁴ of them or more.
 *
 * @param address of a client
 */
export function limitKeyOf(address: string): string {
  if (isIP(address) !== 6) return `address:${address}`
  const [head = '', tail = ''] = address.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === '' ? [] : tail.split(':')
  const groups = address.includes('::')
    ? [...front, ...Array.from({ length: 8 - front.length - back.length }, () => '0'), ...back]
    : front
  return `address:${groups.slice(0, 4).join(':')}::/64`
}

/** `192.0.2.1:8080` and `[2001:db8::1]:8080`, as some proxies write them. */
function withoutPort(hop: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop)?.[1] ?? hop
}

/** @returns one spelling for each address, IPv4 as IPv4 also when it came mapped into IPv6; undefined for what is none */
function plain(address: string): string | undefined {
  if (isIP(address) === 4) return address
  if (isIP(address) !== 6 || address.includes('%')) return undefined
  const short = new SocketAddress({ address, family: 'ipv6' }).address
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(short)?.[1] ?? short
}
