import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type FetchLike } from '../../../shared/client/relay-http.ts'

const agent = new Agent({ keepAlive: true })

/** `fetch` as a command-line client needs it: Node's own adds `Sec-Fetch-Mode`, by which a relay knows browsers. */
export const nodeFetch: FetchLike = (url, { method, headers, body, signal }) =>
  new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, signal, agent }, (incoming) => {
      resolve({
        status: incoming.statusCode ?? 0,
        headers: { get: (name) => incoming.headers[name]?.toString() ?? null },
        text: () => text(incoming),
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
