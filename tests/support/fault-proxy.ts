import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { FaultyPipe, type LinkFaults, PERFECT } from './fault-proxy-pipe.ts'
import { Watch } from './watch.ts'

/** Both ways of a connection: `up` is to the server, `down` to the client. */
type Way = 'up' | 'down'

export interface FaultProxy {
  readonly port: number
  /** Open connections, oldest first. */
  readonly connections: readonly ProxiedConnection[]
  /** Every way of every connection, now and later, gets these faults in place of those before. */
  setLink(faults: Partial<LinkFaults>, way?: Way): void
  /** While true, connections are reset as soon as they are made. */
  setRefusing(isRefusing: boolean): void
  /** Resets every connection, as a router does that forgot them. */
  resetAll(): void
  /** Whatever `look` finds, as soon as it finds something; looked for whenever something moves. */
  until<Result>(look: () => Result | undefined): Promise<Result>
  close(): Promise<void>
}

export interface FaultProxyOptions {
  /** Where the server listens, on loopback. */
  readonly port: number
  /** Decides about jitter and corruption, so that a run can be repeated. */
  readonly random?: () => number
}

/**
 * Stands between clients and a server of this machine and does to TCP what networks do: delays, trickles, slices, spoils,
 * swallows, stalls, half-closes, resets. Everything can be switched while bytes are on their way.
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new Proxy(options)
  await proxy.listen()
  return proxy
}

/** One connection of a client and the one that was made for it. */
class ProxiedConnection {
  readonly up: FaultyPipe
  readonly down: FaultyPipe
  readonly #client: Socket
  readonly #server: Socket

  /** @param onMove something moved, or the connection is over */
  constructor(client: Socket, server: Socket, random: () => number, onMove: () => void) {
    this.#client = client
    this.#server = server
    this.up = new FaultyPipe(client, server, random, onMove)
    this.down = new FaultyPipe(server, client, random, onMove)
    this.#tellEnd(client, server, this.up)
    this.#tellEnd(server, client, this.down)
  }

  get isOpen(): boolean {
    return !this.#client.destroyed || !this.#server.destroyed
  }

  setLink(faults: Partial<LinkFaults>, way?: Way): void {
    if (way !== 'down') this.up.set(faults)
    if (way !== 'up') this.down.set(faults)
  }

  /** Sends RST both ways. */
  reset(): void {
    this.#client.resetAndDestroy()
    this.#server.resetAndDestroy()
  }

  /** Says to one side that nothing more comes, and goes on to carry what it sends. */
  halfClose(side: 'client' | 'server'): void {
    ;(side === 'client' ? this.#client : this.#server).end()
  }

  /** An end that comes through a black hole is heard by nobody. */
  #tellEnd(from: Socket, to: Socket, pipe: FaultyPipe): void {
    from.on('error', () => undefined)
    from.on('close', (hadError) => {
      if (pipe.isBlackHole) return
      if (hadError) to.resetAndDestroy()
      else pipe.end()
    })
  }
}

class Proxy implements FaultProxy {
  readonly #options: FaultProxyOptions
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true })
  readonly #connections = new Set<ProxiedConnection>()
  readonly #watch = new Watch()
  readonly #faults = { up: PERFECT, down: PERFECT }
  #isRefusing = false

  constructor(options: FaultProxyOptions) {
    this.#options = options
    this.#server.on('connection', (client) => this.#accept(client))
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get connections(): readonly ProxiedConnection[] {
    return [...this.#connections]
  }

  setLink(faults: Partial<LinkFaults>, way?: Way): void {
    if (way !== 'down') this.#faults.up = { ...PERFECT, ...faults }
    if (way !== 'up') this.#faults.down = { ...PERFECT, ...faults }
    for (const connection of this.#connections) connection.setLink(faults, way)
  }

  setRefusing(isRefusing: boolean): void {
    this.#isRefusing = isRefusing
  }

  resetAll(): void {
    for (const connection of this.#connections) connection.reset()
  }

  until<Result>(look: () => Result | undefined): Promise<Result> {
    return this.#watch.until(look)
  }

  async close(): Promise<void> {
    this.resetAll()
    const closed = once(this.#server, 'close')
    this.#server.close()
    await closed
  }

  #accept(client: Socket): void {
    if (this.#isRefusing) {
      client.on('error', () => undefined)
      client.resetAndDestroy()
      return
    }
    const server = connect({ port: this.#options.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const connection = new ProxiedConnection(client, server, this.#options.random ?? Math.random, () => {
      if (!connection.isOpen) this.#connections.delete(connection)
      this.#watch.changed()
    })
    connection.setLink(this.#faults.up, 'up')
    connection.setLink(this.#faults.down, 'down')
    this.#connections.add(connection)
    this.#watch.changed()
  }
}
