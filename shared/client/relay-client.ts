import { type ClientMessage } from '../protocol/client-message.ts'
import { type ImageSource, type SpeechFrame } from '../protocol/media-frame.ts'
import { type ServerMessage } from '../protocol/server-message.ts'
import { type SessionSetup } from '../protocol/session-setup.ts'
import { type Emitter } from '../util/emitter.ts'
import { type OpenSocket } from './socket-port.ts'

/** A one-use ticket and the socket address it is for; `getTicket` rejects with a {@link TicketRefused}. */
export interface Ticket {
  readonly ticket: string
  /** `ws(s)://…/v1/live` */
  readonly url: string
}

export interface RelayClientOptions {
  readonly client: { readonly name: string; readonly version: string; readonly platform?: string }
  readonly setup: SessionSetup
  /** Asks for a new ticket before every attempt. */
  readonly getTicket: (signal: AbortSignal) => Promise<Ticket>
  readonly openSocket: OpenSocket
}

export type RelayClientState =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting'; readonly attempt: number }
  | { readonly name: 'open' }
  /** Waits `delayMs` before the next attempt. */
  | { readonly name: 'reconnecting'; readonly delayMs: number; readonly code: number; readonly reason: string }
  /** The end: `code` is a close code, or 0 when a ticket was refused for good. */
  | { readonly name: 'closed'; readonly code: number; readonly reason: string }

export interface RelayClientEvents {
  state: RelayClientState
  /** Every valid text frame but `pong`, in order. */
  message: ServerMessage
  /** Speech of turns that were not interrupted; the payload may be kept. */
  speech: SpeechFrame
  /** A frame that could not be read. */
  fault: string
}

/**
 * One conversation with a relay: ticket → socket → `session.start` → heartbeat → reconnect.
 * Used by the extension's offscreen document, `npm run talk`, every test and bench.
 */
export interface RelayClient {
  readonly events: Emitter<RelayClientEvents>
  readonly state: RelayClientState
  start(): void
  /**
   * Sends one microphone frame, or keeps it (5 s at most) while there is no open session.
   *
   * @param pcm PCM16 mono little-endian 16 kHz; copied before the call returns
   * @param capturedAtMs capture time of the first sample, ms
   */
  sendAudio(pcm: Uint8Array, capturedAtMs: number): void
  /** Sends a picture at once or not at all: a picture that cannot leave now is old. */
  sendImage(jpeg: Uint8Array, source: ImageSource, capturedAtMs: number): boolean
  /** Sends a text frame when the session is open; `text.send` is kept and sent again until its `transcript.final` came. */
  send(message: ClientMessage): boolean
  /** Says `session.end`, closes with 1000. Idempotent. */
  end(): void
}
