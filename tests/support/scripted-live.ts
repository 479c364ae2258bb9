import { once } from 'node:events'
import { type IncomingMessage } from 'node:http'
import { type AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { Watch } from './watch.ts'

/** What a Gemini Live client sends, as parsed JSON: exactly one of its keys. */
export type ClientFrame = Readonly<Record<string, unknown>>

export interface ScriptedLiveOptions {
  /**
   * How a setup is answered: `complete` at once, `silent` never, or as the function does it.
   * @default 'complete'
   */
  readonly onSetup?: 'complete' | 'silent' | ((call: ScriptedCall, setup: ClientFrame) => void)
  /** Called for each frame after the setup. */
  readonly onFrame?: (call: ScriptedCall, frame: ClientFrame) => void
  /** Google sends its JSON in binary frames; other servers in text frames. */
  readonly textFrames?: boolean
  /** Refuses the upgrade with this HTTP status. */
  readonly refuseUpgrade?: number
  /** Keep what was received for `call.received` and `call.frames`; off where only throughput counts. */
  readonly record?: boolean
}

/** A server that speaks Gemini Live's wire on a real socket and says what the test tells it to. */
export interface ScriptedLive {
  /** Base URL for `ASIDE_LIVE_URL`. */
  readonly url: string
  /** Every call so far, in order. */
  readonly calls: readonly ScriptedCall[]
  /** The call with this index, as soon as its setup was received and answered as scripted. */
  readonly call: (index: number) => Promise<ScriptedCall>
  /** The call with this index, as soon as it is connected. */
  readonly arrival: (index: number) => Promise<ScriptedCall>
  /** Changes how later calls are answered. */
  readonly answerWith: (options: ScriptedLiveOptions) => void
  readonly close: () => Promise<void>
}

/** One connection of a client. */
export class ScriptedCall {
  readonly request: IncomingMessage
  /** Every frame, parsed; the first is the setup. */
  readonly received: ClientFrame[] = []
  /** Every frame as it came. */
  readonly frames: Buffer[] = []
  /** Its setup has come. */
  isSetUp = false
  /** Resolves with the code once the client has hung up. */
  readonly closed: Promise<number>
  readonly #socket: WebSocket
  readonly #textFrames: boolean
  readonly #watch = new Watch()

  constructor(socket: WebSocket, request: IncomingMessage, textFrames: boolean) {
    this.request = request
    this.#socket = socket
    this.#textFrames = textFrames
    this.closed = once(socket, 'close').then(([code]) => code as number)
  }

  /** Sends one message as JSON. */
  send(message: Readonly<Record<string, unknown>>): void {
    this.#socket.send(Buffer.from(JSON.stringify(message)), { binary: !this.#textFrames })
  }

  /** Sends bytes that need not be a message. */
  sendRaw(data: string | Buffer): void {
    this.#socket.send(data)
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  /** Cuts the line without a close frame. */
  terminate(): void {
    this.#socket.terminate()
  }

  /** Bytes the client has not taken yet. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  /** Stops reading from the client. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** The first received frame that `matches`, as soon as it is there. */
  async waitFor(matches: (frame: ClientFrame) => boolean): Promise<ClientFrame> {
    return this.#watch.until(() => this.received.find(matches))
  }

  /** Resolves once `count` frames that match have come. */
  async waitForCount(matches: (frame: ClientFrame) => boolean, count: number): Promise<readonly ClientFrame[]> {
    return this.#watch.until(() => {
      const found = this.received.filter(matches)
      return found.length >= count ? found : undefined
    })
  }

  /** @internal */
  take(data: Buffer, frame: ClientFrame): void {
    this.frames.push(data)
    this.received.push(frame)
    this.#watch.changed()
  }
}

/** Starts a scripted Live server on a free port of loopback. */
export async function startScriptedLive(initial: ScriptedLiveOptions = {}): Promise<ScriptedLive> {
  let options = initial
  const calls: ScriptedCall[] = []
  const watch = new Watch()
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: true,
    verifyClient: (_info: unknown, answer: (accept: boolean, status?: number) => void) => {
      if (options.refuseUpgrade === undefined) answer(true)
      else answer(false, options.refuseUpgrade)
    },
  })
  server.on('connection', (socket, request) => {
    const call = new ScriptedCall(socket, request, options.textFrames === true)
    const script = options
    calls.push(call)
    watch.changed()
    socket.on('message', (data) => {
      handle(call, data as Buffer, script)
      if (call.isSetUp) watch.changed()
    })
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    call: (index) => watch.until(() => (calls[index]?.isSetUp === true ? calls[index] : undefined)),
    arrival: (index) => watch.until(() => calls[index]),
    answerWith: (next) => (options = next),
    close: async () => {
      for (const client of server.clients) client.terminate()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

function handle(call: ScriptedCall, data: Buffer, script: ScriptedLiveOptions): void {
  const frame = JSON.parse(data.toString('utf8')) as ClientFrame
  if (script.record !== false) call.take(data, frame)
  if (!('setup' in frame)) {
    script.onFrame?.(call, frame)
    return
  }
  call.isSetUp = true
  if (typeof script.onSetup === 'function') script.onSetup(call, frame['setup'] as ClientFrame)
  else if (script.onSetup !== 'silent') call.send({ setupComplete: {} })
}
