import { createHash, randomBytes } from 'node:crypto'

/** The key's answer is its SHA-1 with this (RFC 6455 §1.3). */
const KEY_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** The largest answer to an upgrade that is read, bytes, as Node's own HTTP parser allows. */
export const MAX_UPGRADE_BYTES = 16 * 1024

const HEADERS_END = '\r\n\r\n'

/** One upgrade: what is asked, and whether an answer agrees. No extensions and no subprotocols are offered. */
export class Upgrade {
  /** Header lines with an empty one at the end. */
  readonly request: string
  readonly #accept: string

  /** @throws {TypeError} for a header that would end its line */
  constructor(url: URL, headers: Readonly<Record<string, string>>) {
    const key = randomBytes(16).toString('base64')
    this.#accept = createHash('sha1')
      .update(key + KEY_SUFFIX)
      .digest('base64')
    const fields = Object.entries({
      Host: url.host,
      ...headers,
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': key,
    })
    const lines = [`GET ${url.pathname}${url.search} HTTP/1.1`, ...fields.map(fieldLine)]
    this.request = lines.join('\r\n') + HEADERS_END
  }

  /**
   * Reads the answer.
   *
   * @returns where the frames begin, or why there will be none; undefined while the answer is incomplete
   */
  readAnswer(bytes: Buffer): { readonly framesAt: number } | { readonly refusal: string } | undefined {
    const end = bytes.indexOf(HEADERS_END)
    if (end < 0)
      return bytes.length > MAX_UPGRADE_BYTES ? { refusal: 'The answer to the upgrade has no end' } : undefined
    const [statusLine = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
    const refusal = this.#refusalIn(statusLine, readFields(lines))
    return refusal === undefined ? { framesAt: end + HEADERS_END.length } : { refusal }
  }

  #refusalIn(statusLine: string, fields: ReadonlyMap<string, string>): string | undefined {
    const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(statusLine)?.[1]
    if (status === undefined) return 'The answer to the upgrade is not HTTP'
    if (status !== '101') return `Unexpected server response: ${status}`
    if (fields.get('upgrade')?.toLowerCase() !== 'websocket') return 'Invalid Upgrade header'
    if (!/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(fields.get('connection') ?? '')) return 'Invalid Connection header'
    if (fields.get('sec-websocket-accept') !== this.#accept) return 'Invalid Sec-WebSocket-Accept header'
    for (const unasked of ['sec-websocket-extensions', 'sec-websocket-protocol'])
      if ((fields.get(unasked) ?? '') !== '') return `The server answered with a ${unasked} nobody asked for`
    return undefined
  }
}

function fieldLine([name, value]: readonly [string, string]): string {
  if (/[\r\n:]/.test(name) || /[\r\n]/.test(value))
    throw new TypeError(`a header named ${JSON.stringify(name)} breaks its line`)
  return `${name}: ${value}`
}

/** Repeated fields are one list (RFC 9110 §5.2). */
function readFields(lines: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    const earlier = fields.get(name)
    fields.set(name, earlier === undefined ? value : `${earlier}, ${value}`)
  }
  return fields
}
