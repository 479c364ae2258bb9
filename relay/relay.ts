import { randomBytes, randomUUID } from 'node:crypto'
import manifest from '../package.json' with { type: 'json' }
import { HEADER_BYTES } from '../shared/protocol/media-frame.ts'
import { type RelayInfo } from '../shared/protocol/relay-info.ts'
import { PROTOCOL } from '../shared/protocol/version.ts'
import { withoutUndefined } from '../shared/util/without-undefined.ts'
import { createAuthority } from './auth/authority.ts'
import { createSealer, type Sealer } from './auth/sealer.ts'
import { createHostCheck } from './auth/host.ts'
import { type Identity } from './auth/identity.ts'
import { limitRates, type LimitRates } from './auth/limits.ts'
import { extensionOrigins } from './auth/origin.ts'
import { type RelayConfig } from './config.ts'
import { startAdmin, type Admin } from './http/admin.ts'
import { createReadiness } from './http/readiness.ts'
import { createRequestLog, type RequestLog } from './http/request-log.ts'
import { createRoutes } from './http/routes.ts'
import { createGeminiLive } from './live/gemini-live.ts'
import { createLiveService, type LiveService } from './live/live-service.ts'
import { type Logger } from './logger.ts'
import { type Metrics } from './metrics.ts'
import { createPrometheus } from './metrics/prometheus.ts'
import { MAX_AUDIO_BYTES } from './session/from-client.ts'
import { SessionRegistry } from './session/session-registry.ts'
import { watchSignOuts, type SignOuts } from './session/sign-outs.ts'
import { sessionTimes, type SessionTimes } from './session/session-times.ts'
import { UsageBook } from './session/usage-book.ts'
import { measuredStore } from './store/measured-store.ts'
import { openStore } from './store/open-store.ts'
import { type Store } from './store/store.ts'
import { silentTracing, type Tracing } from './tracing.ts'
import { decideAdmission, SOCKET_PATH, type AdmissionDeps } from './transport/admission.ts'
import { chooseEngine, type Engine } from './transport/load-engine.ts'
import { problemResponse } from './transport/problem.ts'
import {
  type EngineName,
  type Peer,
  type Transport,
  type TransportFault,
  type TransportOptions,
} from './transport/transport.ts'

export interface RelayDeps {
  readonly logger: Logger
  /** Counts instead of what `/metrics` tells, for tests. */
  readonly metrics?: Metrics
  /** Instead of the one `ASIDE_STORE` names: relays that share it are instances of one installation. Not closed with the relay. */
  readonly store?: Store
  /** Other limits than the usual ones, for tests and benches. */
  readonly rates?: LimitRates
  /** Other waits than the usual ones, for tests. */
  readonly times?: Partial<SessionTimes>
  /** Longest time the brain may take for its setup, ms. */
  readonly brainSetupTimeoutMs?: number
}

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

const MAX_TEXT_BYTES = 128 * 1024
const MAX_IMAGE_BYTES = 256 * 1024
const MAX_BODY_BYTES = 64 * 1024

/** Of all users together: above it one core would add more than 20 ms to a frame. */
const MAX_SESSIONS = 2_000

/** A local brain on a busy machine loads its speech models first, which Google never has to, ms. */
const LOCAL_SETUP_TIMEOUT_MS = 60_000

/** It also answers later than Google would where many share the machine, ms. */
const LOCAL_ANSWER_MS = 45_000

/**
 * Starts a relay: the only place that knows every part.
 *
 * @throws {PortTakenError} when the port is taken
 * @throws {EngineUnavailableError} when the engine that was asked for does not load
 */
export async function createRelay(config: RelayConfig, deps: RelayDeps): Promise<Relay> {
  const instance = randomUUID()
  const logger = deps.logger.child({ instance })
  const engine = await chooseEngine(config.engine)
  const prometheus = createPrometheus({ version: manifest.version, engine: engine.name, brain: config.brain })
  const metrics = deps.metrics ?? prometheus.metrics
  const store = measuredStore(deps.store ?? (await openStore(config.store, { logger })), metrics)
  // Whoever gave it keeps it.
  const closeStore = async () => (deps.store === undefined ? store.close() : undefined)
  const limits = limitsOf(config)
  const tracing = await openTracing(config, instance, logger)
  const secrets = secretsOf(config)
  const sealer = createSealer(secrets, 'aside brain handle')
  const live = createBrain(config, deps.brainSetupTimeoutMs, logger)
  const registry = createRegistry(config, { ...deps, live, logger, metrics, tracing, store, sealer, instance, limits })
  const authority = createAuthority({
    secrets,
    store,
    pairing: config.pairing,
    trustedProxies: config.trustedProxies,
    rates: deps.rates ?? limitRates(config.maxSessionsPerUser),
    onTrouble: (error) => logger.error({ error: String(error) }, 'other relays could not be told of a sign-out'),
  })
  const signOuts = watchSignOuts(authority.revocation, registry, logger)
  const door = {
    isOwnHost: createHostCheck(config.host, config.publicUrl),
    allowedOrigins: extensionOrigins(config.extensionIds),
    capacity: (identity: Identity | undefined, resume?: string) => registry.capacity(identity, resume),
  }
  const readiness = createReadiness({
    isDraining: () => registry.isDraining,
    isStoreHealthy: () => store.isHealthy(),
    isUpstreamReachable: () => live.isReachable(),
  })
  const info = relayInfo(config, engine.name, limits)
  const onRequest = createRoutes({
    ...door,
    authority,
    readiness,
    metrics,
    logger,
    info: () => info,
    store,
    dailyLimits: withoutUndefined({ minutes: config.dailyMinutes, spend: config.dailySpend }),
    ...(config.publicUrl === undefined ? {} : { publicUrl: config.publicUrl }),
    localUserName: 'You',
  })
  const onUpgrade = upgradeDecision(
    {
      ...door,
      takeTicket: (ticket, origin) => authority.tickets.take(ticket, origin),
      isRevoked: (deviceId) => authority.revocation.isRevoked(deviceId),
    },
    registry,
    signOuts,
    createRequestLog({ metrics, logger }),
  )
  const { transport, admin } = await openDoors({
    transport: () => startTransport(engine, config, { onRequest, onUpgrade, logger }),
    admin: () => startAdmin({ host: config.adminHost, port: config.adminPort, readiness, metrics: prometheus, logger }),
  }).catch(async (error: unknown) => {
    signOuts.stop()
    await registry.close()
    await closeStore()
    await tracing.close()
    throw error
  })
  return withoutUndefined({
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${transport.port}`,
    port: transport.port,
    engine: transport.engine,
    adminUrl: admin.url,
    engineReason: engine.warning,
    brain: config.brain,
    drain: () => registry.drain(config.drainMs),
    close: async () => {
      signOuts.stop()
      await registry.close()
      await transport.close()
      await closeStore()
      await tracing.close()
      await admin.close()
    },
  })
}

function upgradeDecision(
  door: AdmissionDeps,
  registry: SessionRegistry,
  signOuts: SignOuts,
  log: RequestLog,
): TransportOptions['onUpgrade'] {
  return async (request) => {
    const startedAtMs = performance.now()
    const admission = await decideAdmission(request, door)
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

interface Doors {
  readonly transport: Transport
  readonly admin: Admin
}

/** Both or none. */
async function openDoors(open: { readonly [Door in keyof Doors]: () => Promise<Doors[Door]> }): Promise<Doors> {
  const transport = await open.transport()
  try {
    return { transport, admin: await open.admin() }
  } catch (error) {
    await transport.close()
    throw error
  }
}

function startTransport(
  engine: Engine,
  { host, port, sharePort }: RelayConfig,
  { onRequest, onUpgrade, logger }: Pick<TransportOptions, 'onRequest' | 'onUpgrade'> & { readonly logger: Logger },
): Promise<Transport> {
  return engine.start({
    host,
    port,
    sharePort,
    onRequest,
    onUpgrade,
    onFault: (fault) => logFault(logger, fault),
    maxBodyBytes: MAX_BODY_BYTES,
    maxTextBytes: MAX_TEXT_BYTES,
    maxBinaryBytes: MAX_IMAGE_BYTES + HEADER_BYTES,
  })
}

interface RegistryParts extends Pick<RelayDeps, 'times'> {
  readonly live: LiveService
  readonly instance: string
  readonly store: Store
  readonly sealer: Sealer
  readonly limits: RelayInfo['limits']
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly logger: Logger
}

/** Loaded on demand: the exporter takes longer to load than everything else of a relay. */
async function openTracing({ traceUrl, brain }: RelayConfig, instance: string, logger: Logger): Promise<Tracing> {
  if (traceUrl === undefined) return silentTracing()
  const { createOtlpTracing } = await import('./tracing/otlp.ts')
  return createOtlpTracing({ url: traceUrl, version: manifest.version, instance, brain, logger })
}

/** @param setupTimeoutMs longest time the brain may take for its setup; the usual one unless given */
function createBrain(config: RelayConfig, setupTimeoutMs: number | undefined, logger: Logger): LiveService {
  const { brain, liveUrl } = config
  const usualMs = brain === 'local' ? LOCAL_SETUP_TIMEOUT_MS : undefined
  const gemini = createGeminiLive(withoutUndefined({ liveUrl, logger, setupTimeoutMs: setupTimeoutMs ?? usualMs }))
  return createLiveService(gemini, config)
}

function createRegistry(config: RelayConfig, parts: RegistryParts): SessionRegistry {
  const { times, ...rest } = parts
  const usual = sessionTimes(config.sessionIdleMs)
  const patience = config.brain === 'local' ? { ...usual.patience, answerMs: LOCAL_ANSWER_MS } : usual.patience
  const dailyLimits = withoutUndefined({ minutes: config.dailyMinutes, spend: config.dailySpend })
  const { store, logger } = rest
  return new SessionRegistry({
    ...rest,
    usage: new UsageBook({ journal: store.journal, limits: dailyLimits, logger }),
    dailyLimits,
    brain: config.brain,
    model: config.models[0],
    modelLabel: config.modelLabel,
    voice: config.voice,
    memory: config.memory,
    times: { ...usual, patience, ...times },
    maxSessionsPerUser: config.maxSessionsPerUser,
    maxSessions: MAX_SESSIONS,
    historyMs: config.historyMs,
  })
}

function relayInfo(config: RelayConfig, engine: EngineName, limits: RelayInfo['limits']): RelayInfo {
  const { pairing } = config
  return {
    name: 'aside-relay',
    version: manifest.version,
    protocols: [PROTOCOL],
    brain: config.brain,
    model: config.modelLabel,
    engine,
    pairing: pairing.kind,
    ...(pairing.kind === 'oidc' ? { oidc: { issuer: pairing.issuer, clientId: pairing.clientId } } : {}),
    limits,
  }
}

function limitsOf(config: RelayConfig): RelayInfo['limits'] {
  return {
    textBytes: MAX_TEXT_BYTES,
    imageBytes: MAX_IMAGE_BYTES,
    audioBytes: MAX_AUDIO_BYTES,
    imagesPerSecond: 2,
    sessionsPerUser: config.maxSessionsPerUser,
  }
}

/** Without a secret of the operator's, tokens live as long as this relay. */
function secretsOf({ secrets }: RelayConfig): readonly [string, ...string[]] {
  const [newest, ...older] = secrets
  return [newest ?? randomBytes(32).toString('hex'), ...older]
}

function logFault(logger: Logger, { during, error, requestId }: TransportFault): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  logger.error({ during, requestId, error: text }, 'something the relay did failed')
}
