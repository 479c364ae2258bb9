import { withoutUndefined } from '../shared/util/without-undefined.ts'
import { type RelayConfig } from './config.ts'
import { openDoors } from './relay-doors.ts'
import { openInside, type RelayDeps } from './relay-inside.ts'
import { chooseEngine } from './transport/load-engine.ts'
import { type EngineName } from './transport/transport.ts'

export interface Relay {
  /** `http://HOST:PORT` */
  readonly url: string
  readonly port: number
  readonly engine: EngineName
  /** Of `/metrics`, `/livez` and `/readyz` for the operator: `http://HOST:PORT`. */
  readonly adminUrl: string
  /** Why the engine is not the faster one. */
  readonly engineReason?: string
  readonly brain: 'gemini' | 'local'
  /**
   * Takes nobody any more and hands every conversation to other instances, each when nobody is in the middle of something,
   * at the latest after `ASIDE_DRAIN`.
   */
  drain(): Promise<void>
  /** The same at once; then everything is closed. */
  close(): Promise<void>
}

/**
 * Starts a relay. This file, `relay-inside` and `relay-doors` are the only places that know every part.
 *
 * @throws {PortTakenError} when the port is taken
 * @throws {EngineUnavailableError} when the engine that was asked for does not load
 */
export async function createRelay(config: RelayConfig, deps: RelayDeps): Promise<Relay> {
  const engine = await chooseEngine(config.engine)
  const inside = await openInside(config, engine.name, deps)
  const { transport, admin } = await openDoors(config, engine, inside).catch(async (error: unknown) => {
    await inside.settle()
    await inside.close()
    throw error
  })

  async function close(): Promise<void> {
    await inside.settle()
    await transport.close()
    await inside.close()
    await admin.close()
  }

  return withoutUndefined({
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${transport.port}`,
    port: transport.port,
    engine: transport.engine,
    adminUrl: admin.url,
    engineReason: engine.warning,
    brain: config.brain,
    drain: () => inside.registry.drain(config.drainMs),
    close,
  })
}
