import net from 'node:net'
import tls from 'node:tls'

/** Reads of all sockets of the process end in this one, bytes. */
const READ_BYTES = 64 * 1024

/** Servers a relay may know; one is usual. */
const MAX_KEPT_SESSIONS = 16

/**
 * What all sockets share. Reading is synchronous: the system's bytes are in the buffer when the callback is called, and
 * nothing else is read before it returns. So one buffer serves all, and a socket that waits costs none.
 */
class Shared {
  readonly readBuffer = Buffer.allocUnsafeSlow(READ_BYTES)
  /** By `host:port`, the oldest first: who comes again is recognised and need not show certificates. */
  readonly #sessions = new Map<string, Buffer>()
  #secureContext: tls.SecureContext | undefined

  /** One for all, since each of its own would hold keys and roots again: a third of a TLS socket's memory. */
  get secureContext(): tls.SecureContext {
    return (this.#secureContext ??= tls.createSecureContext())
  }

  sessionOf(server: string): Buffer | undefined {
    return this.#sessions.get(server)
  }

  keepSession(server: string, session: Buffer): void {
    this.#sessions.delete(server)
    this.#sessions.set(server, session)
    const [oldest] = this.#sessions.keys()
    if (this.#sessions.size > MAX_KEPT_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest)
  }
}

const shared = new Shared()

/**
 * Opens a TCP or TLS connection for `ws:` (`http:`) or `wss:` (`https:`). A server's certificate is checked against its name
 * and the roots that Node trusts (`NODE_EXTRA_CA_CERTS` adds to them). Proxies in the environment are not used.
 *
 * @param onBytes gets what was read; the bytes are valid during the call only
 * @returns the socket and the event that says it can be written to
 * @throws {TypeError} for another protocol
 */
export function dial(
  url: URL,
  onBytes: (bytes: Buffer) => void,
): { readonly socket: net.Socket; readonly ready: 'connect' | 'secureConnect' } {
  const isTls = url.protocol === 'wss:' || url.protocol === 'https:'
  if (!isTls && url.protocol !== 'ws:' && url.protocol !== 'http:')
    throw new TypeError(`a WebSocket cannot have the protocol ${url.protocol}`)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port)
  const onread: net.OnReadOpts = {
    buffer: shared.readBuffer,
    callback: (count, buffer) => {
      onBytes(Buffer.from(buffer.buffer, buffer.byteOffset, count))
      return true
    },
  }
  if (!isTls) return { socket: net.connect({ host, port, noDelay: true, onread }), ready: 'connect' }
  return { socket: dialTls(host, port, onread), ready: 'secureConnect' }
}

function dialTls(host: string, port: number, onread: net.OnReadOpts): tls.TLSSocket {
  const server = `${host}:${port}`
  const session = shared.sessionOf(server)
  const options: tls.ConnectionOptions & { readonly onread: net.OnReadOpts } = {
    host,
    port,
    onread,
    // An address is no name (RFC 6066 §3).
    servername: net.isIP(host) === 0 ? host : '',
    secureContext: shared.secureContext,
    ALPNProtocols: ['http/1.1'],
    ...(session === undefined ? {} : { session }),
  }
  const socket = tls.connect(options)
  // Nagle's algorithm and delayed acknowledgements together would hold small frames for 40 ms.
  socket.setNoDelay(true)
  socket.on('session', (newest: Buffer) => shared.keepSession(server, newest))
  return socket
}
