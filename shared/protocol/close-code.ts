/** Close codes of the socket (docs/protocol.md §2.4): below 4500 a client reconnects, from 4500 it stops and says so. */
export const CLOSE = {
  bye: 1000,
  goingAway: 1001,
  noStatus: 1005,
  abnormal: 1006,
  tooBig: 1009,
  internal: 1011,
  draining: 1012,
  heartbeatLost: 4000,
  slowReader: 4001,
  signInOver: 4002,
  brainUnavailable: 4003,
  badMessage: 4500,
  notAuthorised: 4501,
  version: 4503,
  startTimeout: 4504,
  quota: 4505,
  rate: 4508,
  superseded: 4509,
} as const

/** Codes after which a client ends its session although they are below 4500. */
const FINAL_LOW_CODES: ReadonlySet<number> = new Set([CLOSE.bye, CLOSE.tooBig])

/**
 * Whether a client that did not end the session itself should connect again after this close code.
 *
 * @param code the WebSocket close code, 1000–4999
 */
export function shouldReconnect(code: number): boolean {
  return code < 4500 && !FINAL_LOW_CODES.has(code)
}

/** What a person can do about the codes that end a conversation. */
const FINAL_SENTENCES: Readonly<Record<number, string>> = {
  [CLOSE.tooBig]: 'Something sent to the relay was too big.',
  [CLOSE.badMessage]: 'The relay did not understand this client. Bring both to the same version.',
  [CLOSE.notAuthorised]: 'This device is not signed in to the relay any more. Pair it again.',
  [CLOSE.version]: 'The relay speaks another version of the protocol. Bring both to the same version.',
  [CLOSE.startTimeout]: 'The conversation did not start in time. Start it again.',
  [CLOSE.quota]: 'The time allowed for today is used up.',
  [CLOSE.rate]: 'Too much was sent to the relay at once. Wait a moment and start again.',
  [CLOSE.superseded]: 'This conversation was taken over from somewhere else.',
}

/**
 * @param reason what the other side said on closing; it knows best when it said something
 * @returns why the socket closed, as a sentence to show
 */
export function closeSentence(code: number, reason: string): string {
  if (reason !== '') return reason
  return FINAL_SENTENCES[code] ?? 'The connection to the relay was lost.'
}
