import { BlockList, isIP } from 'node:net'
import { isLoopbackHost } from '../config.ts'

/** Whether a `Host` header names the relay itself; anything else may be a rebound DNS name (docs/protocol.md §1.1). */
export type IsOwnHost = (header: string | undefined) => boolean

/**
 * Host names under which this relay is reached: loopback literals and `localhost` always, the address it listens on, and
 * the host of its public URL. Ports do not count: a forwarded port is still this relay, a rebound name never is.
 *
 * @param listening `ASIDE_HOST`
 * @param publicUrl `ASIDE_PUBLIC_URL`
 */
export function createHostCheck(listening: string, publicUrl: string | undefined): IsOwnHost {
  const own = new Set([listening.toLowerCase()])
  if (publicUrl !== undefined) own.add(unbracket(new URL(publicUrl).hostname))
  return (header) => {
    const name = hostName(header)
    return name !== undefined && (isLoopbackHost(name) || own.has(name))
  }
}

/** Whether a `Host` header is a loopback literal or `localhost`, as local pairing demands. */
export function isLoopbackHostHeader(header: string | undefined): boolean {
  const name = hostName(header)
  return name !== undefined && isLoopbackHost(name)
}

/** Whether a peer's address is of this machine: 127.0.0.0/8, ::1, or the former mapped into IPv6. */
export function isLoopbackAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return LOOPBACK.check(address, 'ipv4')
    case 6:
      return LOOPBACK.check(address, 'ipv6')
    default:
      return false
  }
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** `name`, `name:port`, `[v6]` or `[v6]:port`; nothing else is a host (RFC 9110 §7.2). */
const HOST_HEADER = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/

function hostName(header: string | undefined): string | undefined {
  const [, v6, name] = HOST_HEADER.exec(header?.toLowerCase() ?? '') ?? []
  return v6 ?? name
}

function unbracket(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}
