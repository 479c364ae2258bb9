import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { type Duplex } from 'node:stream'
import WebSocket, { WebSocketServer } from 'ws'
import { decodeMediaFrame, type MediaFrame } from '../../../shared/protocol/media-frame.ts'
import { type ServerMessage } from '../../../shared/protocol/server-message.ts'
import { PROTOCOL } from '../../../shared/protocol/version.ts'
import { Watch } from '../../support/watch.ts'
import { nowMs } from './wall-clock.ts'

/** One frame on the socket, and when it was there, ms since 1970. */
export type Passing = { readonly atMs: number } & (
  | { readonly way: 'up' | 'down'; readonly frame: MediaFrame }
  | { readonly way: 'down'; readonly message: ServerMessage }
)

/** Stands right before a relay and notes what passes: the moment a frame is at the relay, or has left it. */
export class WireTap {
  readonly #server: Server
  readonly #relayUrl: URL
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, handleProtocols: () => PROTOCOL })
  readonly #watch = new Watch()
  #passed: Passing[] = []

  /** @param relayUrl `http://127.0.0.1:PORT` */
  constructor(relayUrl: string) {
    this.#relayUrl = new URL(relayUrl)
    this.#server = createServer((incoming, response) => {
      const { method, url, headers } = incoming
      const { hostname, port } = this.#relayUrl
      const outgoing = request({ hostname, port, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        answer.pipe(response)
      })
      outgoing.once('error', () => response.destroy())
      incoming.pipe(outgoing)
    })
    this.#server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#sockets.handleUpgrade(incoming, socket, head, (client) => this.#join(client, incoming))
    })
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on only what passes later is found. */
  forget(): void {
    this.#passed = []
  }

  /** Everything since {@link forget}. */
  get passed(): readonly Passing[] {
    return this.#passed
  }

  /** Whatever `look` finds, as soon as it finds something. */
  until<Result>(look: (passed: readonly Passing[]) => Result | undefined): Promise<Result> {
    return this.#watch.until(() => look(this.#passed))
  }

  close(): void {
    for (const client of this.#sockets.clients) client.terminate()
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #join(client: WebSocket, { url, headers }: IncomingMessage): void {
    const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim())
    const { host, origin } = headers
    const relay = new WebSocket(`ws://${this.#relayUrl.host}${url}`, protocols, {
      perMessageDeflate: false,
      headers: { host, origin },
    })
    const waiting: [Buffer, boolean][] = []
    client.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.#note('up', data)
      if (relay.readyState === WebSocket.OPEN) relay.send(data, { binary: isBinary })
      else waiting.push([data, isBinary])
    })
    relay.on('open', () => {
      for (const [data, binary] of waiting.splice(0)) relay.send(data, { binary })
    })
    relay.on('message', (data: Buffer, isBinary) => {
      client.send(data, { binary: isBinary })
      if (isBinary) this.#note('down', data)
      else this.#noteMessage(data)
    })
    client.on('close', (code) => relay.close(closeCode(code)))
    relay.on('close', (code, reason) => client.close(closeCode(code), reason.toString()))
    for (const socket of [client, relay]) socket.on('error', () => undefined)
  }

  #note(way: 'up' | 'down', data: Buffer): void {
    const frame = decodeMediaFrame(new Uint8Array(data))
    if (typeof frame === 'string') throw new Error(`the socket carried no frame: ${frame}`)
    this.#add({ atMs: nowMs(), way, frame })
  }

  #noteMessage(data: Buffer): void {
    this.#add({ atMs: nowMs(), way: 'down', message: JSON.parse(data.toString()) as ServerMessage })
  }

  #add(passing: Passing): void {
    this.#passed.push(passing)
    this.#watch.changed()
  }
}

/** Codes that are only ever observed cannot be sent on. */
function closeCode(code: number): number {
  return code === 1005 || code === 1006 ? 1000 : code
}
