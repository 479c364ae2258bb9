import { request } from 'node:http'
import { request as secureRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { type FetchLike } from '../../shared/client/relay-http.ts'

/** `fetch` for a command-line client: Node's own adds `Sec-Fetch-Mode`, by which a relay knows browsers (docs/protocol.md §1.1). */
export const nodeFetch: FetchLike = (url, { method, headers, body, signal }) =>
  new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? secureRequest : request
    const outgoing = send(url, { method, headers, signal }, (incoming) => {
      resolve({
        status: incoming.statusCode ?? 0,
        headers: { get: (name) => incoming.headers[name]?.toString() ?? null },
        text: () => text(incoming),
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
