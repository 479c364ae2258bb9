import { env } from 'node:process'
import { MAX_HEADER_BYTES } from './exchange.ts'
import { type EngineName, type StartTransport } from './transport.ts'
import { startWsTransport } from './ws-transport.ts'

export interface Engine {
  readonly name: EngineName
  readonly start: StartTransport
  /** Why it is not the faster one, in one sentence for the log. */
  readonly warning?: string
}

/** The engine that was asked for does not load here: the message says why. */
export class EngineUnavailableError extends Error {
  override readonly name = 'EngineUnavailableError'
}

/**
 * Chooses the socket engine: uWebSockets.js where it loads (its binaries need glibc ≥ 2.38, macOS or Windows), else `ws`.
 *
 * @throws {EngineUnavailableError} when `uws` itself is wanted and does not load
 */
export async function chooseEngine(wanted: 'auto' | EngineName): Promise<Engine> {
  if (wanted === 'ws') return { name: 'ws', start: startWsTransport }
  // Written, not read: the engine takes its header limit from the environment when it loads, and 4 KiB, its default, is
  // less than what cookies of other programs on localhost may already fill.
  env['UWS_HTTP_MAX_HEADERS_SIZE'] ??= String(MAX_HEADER_BYTES)
  try {
    const { startUwsTransport } = await import('./uws-transport.ts')
    return { name: 'uws', start: startUwsTransport }
  } catch (error) {
    const reason = `uWebSockets.js does not load here (${lastLine(error)})`
    if (wanted === 'uws') throw new EngineUnavailableError(`${reason}. Set ASIDE_ENGINE to auto or ws.`)
    return {
      name: 'ws',
      start: startWsTransport,
      warning: `${reason}: using ws, which takes more CPU per conversation.`,
    }
  }
}

/** Its message begins with a list of platforms and ends with the system's own reason. */
function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return (
    text
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^Error: /, '') ?? text
  )
}
