import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import WebSocket from 'ws'
import { createOpenSocket } from '../../scripts/talk/open-socket.ts'
import { nodeFetch } from '../../scripts/talk/node-fetch.ts'
import { createRelayClient, type RelayClient } from '../../shared/client/relay-client.ts'
import { type OpenSocket } from '../../shared/client/socket-port.ts'
import { createTicketSource, type TicketSource } from '../../shared/client/ticket-client.ts'
import { type ClientMessage } from '../../shared/protocol/client-message.ts'
import { decodeServerMessage } from '../../shared/protocol/codec.ts'
import {
  decodeMediaFrame,
  encodeMediaFrame,
  type MediaFrame,
  type SpeechFrame,
} from '../../shared/protocol/media-frame.ts'
import { type ServerMessage, type ServerMessageOf } from '../../shared/protocol/server-message.ts'
import { type SessionSetup } from '../../shared/protocol/session-setup.ts'
import { offeredProtocols } from '../../shared/protocol/version.ts'
import { Watch } from './watch.ts'

/** One frame as it arrived at the socket. */
export type Arrival = { readonly message: ServerMessage } | { readonly speech: SpeechFrame }

/** What came over the wire, in order, and ways to wait for more. */
export class Arrivals {
  readonly all: Arrival[] = []
  readonly #watch = new Watch()

  add(arrival: Arrival): void {
    this.all.push(arrival)
    this.#watch.changed()
  }

  get messages(): readonly ServerMessage[] {
    return this.all.flatMap((arrival) => ('message' in arrival ? [arrival.message] : []))
  }

  get speech(): readonly SpeechFrame[] {
    return this.all.flatMap((arrival) => ('speech' in arrival ? [arrival.speech] : []))
  }

  of<Type extends ServerMessage['type']>(type: Type): readonly ServerMessageOf<Type>[] {
    return this.messages.filter((message): message is ServerMessageOf<Type> => message.type === type)
  }

  /** Position of the first arrival of this kind; −1 when there is none. */
  indexOf(matches: (arrival: Arrival) => boolean): number {
    return this.all.findIndex(matches)
  }

  /** The first message of this type that matches, as soon as it is there. */
  message<Type extends ServerMessage['type']>(
    type: Type,
    matches: (message: ServerMessageOf<Type>) => boolean = () => true,
  ): Promise<ServerMessageOf<Type>> {
    return this.until(() => this.of(type).find(matches))
  }

  /** Whatever `look` finds, as soon as it finds something. */
  until<Result>(look: () => Result | undefined): Promise<Result> {
    return this.#watch.until(look)
  }
}

export interface TestClient {
  readonly client: RelayClient
  readonly arrivals: Arrivals
  /** Sends `frames` of silence or of `pcm`, numbered on by the client. */
  readonly speak: (...frames: readonly Uint8Array[]) => void
}

/** One microphone frame: 512 samples that are all `value`. */
export function microphoneFrame(value = 0): Uint8Array {
  return new Uint8Array(new Int16Array(512).fill(value).buffer)
}

/**
 * The real relay client on a real socket, with the session open; ends with the test.
 *
 * @param source of its tickets; pairs locally unless given
 */
export async function openTestClient(
  relayUrl: string,
  setup: SessionSetup = {},
  source: TicketSource = createTicketSource({ baseUrl: relayUrl, fetch: nodeFetch }),
): Promise<TestClient> {
  const arrivals = new Arrivals()
  const sockets: Promise<undefined>[] = []
  const client = createRelayClient({
    client: { name: 'test', version: '0' },
    setup,
    getTicket: (...args) => source.getTicket(...args),
    openSocket: recording(createOpenSocket(), arrivals, sockets),
  })
  onTestFinished(async () => {
    client.end()
    // A relay that stops would wait for sockets that are about to close.
    await Promise.all(sockets)
  })
  client.start()
  await arrivals.message('session.ready')
  let capturedAtMs = 0
  const speak = (...frames: readonly Uint8Array[]) => {
    for (const frame of frames) {
      client.sendAudio(frame, capturedAtMs)
      capturedAtMs += 32
    }
  }
  return { client, arrivals, speak }
}

/** Records what reaches the socket, before the client drops or swallows any of it. @param closed gets one promise a socket */
function recording(openSocket: OpenSocket, arrivals: Arrivals, closed: Promise<undefined>[]): OpenSocket {
  return (url, protocols, events) => {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    closed.push(promise)
    return openSocket(url, protocols, {
      ...events,
      onText: (text) => {
        events.onText(text)
        record(arrivals, text)
      },
      onBinary: (data) => {
        events.onBinary(data)
        record(arrivals, new Uint8Array(data))
      },
      onClose: (code, reason) => {
        resolve(undefined)
        events.onClose(code, reason)
      },
    })
  }
}

function record(arrivals: Arrivals, frame: string | Uint8Array): void {
  if (typeof frame === 'string') {
    const decoded = decodeServerMessage(frame)
    if (!decoded.ok) throw new Error(`the relay sent ${frame}: ${decoded.fault}`)
    arrivals.add({ message: decoded.message })
    return
  }
  const decoded = decodeMediaFrame(frame)
  if (typeof decoded === 'string' || decoded.kind !== 'speech')
    throw new Error('the relay sent a frame that is no speech')
  arrivals.add({ speech: decoded })
}

/** A bare socket with a good ticket, for frames that no client of ours would send. */
export interface BareClient {
  readonly arrivals: Arrivals
  readonly send: (frame: ClientMessage | MediaFrame | string | Uint8Array) => void
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly socket: WebSocket
}

/** Connects without saying anything; ends with the test. */
export async function openBareClient(relayUrl: string): Promise<BareClient> {
  const { ticket, url } = await createTicketSource({ baseUrl: relayUrl, fetch: nodeFetch }).getTicket(
    new AbortController().signal,
  )
  const socket = new WebSocket(url, offeredProtocols(ticket), { perMessageDeflate: false })
  onTestFinished(() => socket.terminate())
  socket.on('error', () => undefined)
  const arrivals = new Arrivals()
  socket.on('message', (data: Buffer, isBinary) => {
    record(arrivals, isBinary ? new Uint8Array(data) : data.toString())
  })
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: code as number, reason: String(reason) }))
  await once(socket, 'open')
  return { arrivals, send: (frame) => socket.send(bytesOf(frame)), closed, socket }
}

/** Connects and starts a session, frame by frame. */
export async function startBareClient(relayUrl: string, setup: SessionSetup = {}): Promise<BareClient> {
  const bare = await openBareClient(relayUrl)
  bare.send({ type: 'session.start', client: { name: 'bare', version: '0' }, setup })
  await bare.arrivals.message('session.ready')
  return bare
}

function bytesOf(frame: ClientMessage | MediaFrame | string | Uint8Array): string | Uint8Array {
  if (typeof frame === 'string' || frame instanceof Uint8Array) return frame
  return 'kind' in frame ? encodeMediaFrame(frame) : JSON.stringify(frame)
}
