import manifest from '../package.json' with { type: 'json' }
import { HEADER_BYTES } from '../shared/protocol/media-frame.ts'
import { type RelayInfo } from '../shared/protocol/relay-info.ts'
import { PROTOCOL } from '../shared/protocol/version.ts'
import { withoutUndefined } from '../shared/util/without-undefined.ts'
import { createHostCheck } from './auth/host.ts'
import { type Identity } from './auth/identity.ts'
import { extensionOrigins } from './auth/origin.ts'
import { type RelayConfig } from './config.ts'
import { startAdmin, type Admin } from './http/admin.ts'
import { createRequestLog } from './http/request-log.ts'
import { createRoutes } from './http/routes.ts'
import { meteredSample } from './session/metered-sample.ts'
import { type LiveService } from './live/live-service.ts'
import { type Logger } from './logger.ts'
import { type Inside } from './relay-inside.ts'
import { limitsOf, MAX_BODY_BYTES, MAX_IMAGE_BYTES, MAX_TEXT_BYTES } from './relay-limits.ts'
import { decideAdmission, SOCKET_PATH, type AdmissionDeps } from './transport/admission.ts'
import { type Engine } from './transport/load-engine.ts'
import { problemResponse } from './transport/problem.ts'
import {
  type EngineName,
  type Peer,
  type Transport,
  type TransportFault,
  type TransportOptions,
} from './transport/transport.ts'

/** Where people come in, and where the operator looks in. */
export interface Doors {
  readonly transport: Transport
  readonly admin: Admin
}

/**
 * Opens both doors, or none.
 *
 * @throws {PortTakenError} when the port is taken
 */
export async function openDoors(config: RelayConfig, engine: Engine, inside: Inside): Promise<Doors> {
  const { logger, readiness, prometheus: metrics } = inside
  const door = {
    isOwnHost: createHostCheck(config.host, config.publicUrl),
    allowedOrigins: extensionOrigins(config.extensionIds),
    capacity: (identity: Identity | undefined, resume?: string) => inside.registry.capacity(identity, resume),
  }
  const transport = await engine.start({
    host: config.host,
    port: config.port,
    sharePort: config.sharePort,
    onRequest: requestAnswer(config, engine.name, door, inside),
    onUpgrade: upgradeDecision(door, inside),
    onFault: (fault) => logFault(logger, fault),
    maxBodyBytes: MAX_BODY_BYTES,
    maxTextBytes: MAX_TEXT_BYTES,
    maxBinaryBytes: MAX_IMAGE_BYTES + HEADER_BYTES,
  })
  try {
    const admin = await startAdmin({ host: config.adminHost, port: config.adminPort, readiness, metrics, logger })
    return { transport, admin }
  } catch (error) {
    await transport.close()
    throw error
  }
}

type Door = Pick<AdmissionDeps, 'isOwnHost' | 'allowedOrigins' | 'capacity'>

function requestAnswer(
  config: RelayConfig,
  engine: EngineName,
  door: Door,
  { authority, readiness, metrics, logger, store, live, usage }: Inside,
): TransportOptions['onRequest'] {
  const info = relayInfo(config, engine, live)
  return createRoutes({
    ...door,
    authority,
    readiness,
    metrics,
    logger,
    info: () => info,
    speakSample: meteredSample(live, usage, config.brain),
    store,
    dailyLimits: withoutUndefined({ minutes: config.dailyMinutes, spend: config.dailySpend }),
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    localUserName: 'You',
  })
}

function upgradeDecision(
  door: Door,
  { authority, registry, signOuts, metrics, logger }: Inside,
): TransportOptions['onUpgrade'] {
  const log = createRequestLog({ metrics, logger })
  const deps: AdmissionDeps = {
    ...door,
    takeTicket: (ticket, origin) => authority.tickets.take(ticket, origin),
    isRevoked: (deviceId) => authority.revocation.isRevoked(deviceId),
  }
  return async (request) => {
    const startedAtMs = performance.now()
    const admission = await decideAdmission(request, deps)
    if (admission.admitted) {
      const open = (peer: Peer) => {
        const line = registry.open(peer, admission.identity)
        signOuts.check(admission.identity.deviceId)
        return line
      }
      return { accept: true, protocol: PROTOCOL, open }
    }
    const response = problemResponse(admission.refusal)
    log.answered('GET', SOCKET_PATH, response, startedAtMs)
    return { accept: false, response }
  }
}

function relayInfo(config: RelayConfig, engine: EngineName, live: LiveService): RelayInfo {
  const { pairing, models, modelLabel, voice } = config
  const describe = (name: string, index: number) => {
    const { voices, unsupported } = live.capabilities(name)
    const usualFirst = voices.includes(voice) ? [...new Set([voice, ...voices])] : [...voices]
    return { name: index === 0 ? modelLabel : name, voices: usualFirst, unsupported: [...unsupported] }
  }
  return {
    name: 'aside-relay',
    version: manifest.version,
    protocols: [PROTOCOL],
    brain: config.brain,
    model: modelLabel,
    models: models.map(describe),
    engine,
    pairing: pairing.kind,
    ...(pairing.kind === 'oidc' ? { oidc: { issuer: pairing.issuer, clientId: pairing.clientId } } : {}),
    limits: limitsOf(config),
  }
}

function logFault(logger: Logger, { during, error, requestId }: TransportFault): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  logger.error({ during, requestId, error: text }, 'something the relay did failed')
}
