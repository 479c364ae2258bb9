/** The one protocol spoken on `GET /v1/live`; offered by the client and echoed by the relay as a WebSocket subprotocol. */
export const PROTOCOL = 'aside.v1'

/** The client offers its ticket as a second subprotocol, since a browser can set no header on a socket. */
export const TICKET_PREFIX = 'ticket.'

/** @returns the subprotocols a client offers, in order: the protocol, then its one-use ticket. */
export function offeredProtocols(ticket: string): string[] {
  return [PROTOCOL, `${TICKET_PREFIX}${ticket}`]
}
