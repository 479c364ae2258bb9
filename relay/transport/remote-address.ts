import { isIPv6, SocketAddress } from 'node:net'

/**
 * One spelling for a peer's address: IPv4 as IPv4 also when it came mapped into IPv6, IPv6 in its short form.
 *
 * @param address as the engine says it, e.g. `::ffff:127.0.0.1` or `0000:…:0001`
 */
export function plainAddress(address: string): string {
  if (!isIPv6(address)) return address
  const short = new SocketAddress({ address, family: 'ipv6' }).address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(short)
  return mapped?.[1] ?? short
}
