/** The few things a relay client needs of a WebSocket; the browser's own fits, and so does `ws`. */
export interface SocketPort {
  /** Bytes accepted by `send` that have not left yet. */
  readonly bufferedAmount: number
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
}

export interface SocketEvents {
  readonly onOpen: () => void
  readonly onText: (text: string) => void
  readonly onBinary: (data: ArrayBuffer) => void
  /** The last event; also when the socket never opened. */
  readonly onClose: (code: number, reason: string) => void
}

/**
 * Opens a WebSocket with subprotocols and binary frames as ArrayBuffer. Must not throw; failure is `onClose`.
 * No event comes before it has returned.
 */
export type OpenSocket = (url: string, protocols: readonly string[], events: SocketEvents) => SocketPort
