import { relayInfoSchema, type RelayInfo } from '../protocol/relay-info.ts'
import { PROTOCOL } from '../protocol/version.ts'
import { askRelay, type FetchLike, type RelayAnswer } from './relay-http.ts'

/**
 * Asks who answers at an address (`GET /v1/relay`). Never throws; a fault is a sentence a person can act on.
 *
 * @param baseUrl `http(s)://host[:port]`
 */
export async function fetchRelayInfo(
  baseUrl: string,
  fetch: FetchLike,
  signal?: AbortSignal,
): Promise<RelayAnswer<RelayInfo>> {
  const answer = await askRelay({
    fetch,
    baseUrl,
    path: '/v1/relay',
    schema: relayInfoSchema,
    ...(signal === undefined ? {} : { signal }),
  })
  if (!answer.ok || answer.value.protocols.includes(PROTOCOL)) return answer
  const fault = `The relay ${answer.value.version} does not speak ${PROTOCOL}. Bring relay and extension to the same version.`
  return { ok: false, status: 426, fault, retryable: false }
}
