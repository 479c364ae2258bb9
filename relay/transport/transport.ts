/** The port in front of both socket engines; one contract suite (`tests/integration/transport.contract.ts`) runs against each. */

export type EngineName = 'uws' | 'ws'

/** One accepted socket. Every method is a no-op once the socket has closed. */
export interface Peer {
  /** Peer address as the engine saw it. */
  readonly remoteAddress: string
  sendText(text: string): void
  /** Queues one binary frame. @param bytes no longer needed when the call returns */
  sendBinary(bytes: Uint8Array): void
  /** Runs `write` so that everything it sends leaves in one system call, where the engine can. */
  cork(write: () => void): void
  /** Bytes accepted by `send…` that the system has not taken yet. */
  bufferedBytes(): number
  /** Sends a close frame; a reason of more than 123 bytes of UTF-8 is cut. `onClose` is called before this returns. */
  close(code: number, reason: string): void
}

/**
 * What the relay does with one accepted socket. The engine never calls again after `onClose`, which is called exactly
 * once: with the code and reason of whichever side closed, 1005 when it gave none, 1006 (and the engine's own words, if it
 * has any) when the connection just ended.
 * A method that throws is a fault: it is reported and the socket closes with 1011.
 */
export interface PeerHandler {
  onText(text: string): void
  /** @param bytes valid during the call only: copy what is kept. */
  onBinary(bytes: Uint8Array): void
  /** The engine's outgoing queue became shorter. */
  onDrain(): void
  onClose(code: number, reason: string): void
}

/** What the relay sees of an upgrade request. Header names are lower case; the first value wins. */
export interface UpgradeRequest {
  readonly remoteAddress: string
  readonly path: string
  readonly header: (name: string) => string | undefined
}

export type UpgradeDecision =
  | {
      readonly accept: true
      /** The subprotocol to echo. */
      readonly protocol: string
      readonly open: (peer: Peer) => PeerHandler
    }
  | { readonly accept: false; readonly response: Response }

export interface TransportFault {
  readonly during: 'request' | 'upgrade' | 'socket'
  readonly error: unknown
  /** The `requestId` of the problem that was answered. */
  readonly requestId?: string
}

export interface TransportOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Several processes share the port on purpose. */
  readonly sharePort: boolean
  /** Answers every request that is not an upgrade. The body has arrived, within the limits. */
  readonly onRequest: (request: Request, peer: { readonly remoteAddress: string }) => Promise<Response>
  readonly onUpgrade: (request: UpgradeRequest) => UpgradeDecision | Promise<UpgradeDecision>
  /** Hears of what `onRequest`, `onUpgrade` or a handler threw: a bug. The other side was told 500 or 1011, never why. */
  readonly onFault: (fault: TransportFault) => void
  /** A request must have arrived completely within this time, ms; else 408. 30 s unless given. */
  readonly requestTimeoutMs?: number
  /** Largest HTTP body, bytes; above → 413. */
  readonly maxBodyBytes: number
  /** Largest text frame, bytes; above → close 1009. */
  readonly maxTextBytes: number
  /** Largest binary frame, bytes; above → close 1009. */
  readonly maxBinaryBytes: number
}

export interface Transport {
  readonly engine: EngineName
  /** The port it listens on, once listening. */
  readonly port: number
  /** Stops listening and closes every socket that is still open with 1001. */
  close(): Promise<void>
}

/** The port was taken: the message says what to do about it. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError'
  constructor(host: string, port: number) {
    super(
      `Port ${port} on ${host} is already in use. Stop the other program, or choose another port with ASIDE_PORT or --port (0 takes any free one).`,
    )
  }
}

/** Starts an engine; rejects with {@link PortTakenError} when the port is taken. */
export type StartTransport = (options: TransportOptions) => Promise<Transport>
