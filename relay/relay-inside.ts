import { randomBytes, randomUUID } from 'node:crypto'
import manifest from '../package.json' with { type: 'json' }
import { withoutUndefined } from '../shared/util/without-undefined.ts'
import { createAuthority, type Authority } from './auth/authority.ts'
import { limitRates, type LimitRates } from './auth/limits.ts'
import { createSealer, type Sealer } from './auth/sealer.ts'
import { type RelayConfig } from './config.ts'
import { createReadiness, type Readiness } from './http/readiness.ts'
import { createGeminiLive } from './live/gemini-live.ts'
import { createLiveService, type LiveService } from './live/live-service.ts'
import { localCapabilities } from './live/local-capabilities.ts'
import { type Logger } from './logger.ts'
import { type Metrics } from './metrics.ts'
import { createPrometheus, type Prometheus } from './metrics/prometheus.ts'
import { limitsOf } from './relay-limits.ts'
import { SessionRegistry } from './session/session-registry.ts'
import { sessionTimes, type SessionTimes } from './session/session-times.ts'
import { watchSignOuts, type SignOuts } from './session/sign-outs.ts'
import { SoundBlocks } from './session/sound-blocks.ts'
import { UsageBook } from './session/usage-book.ts'
import { type DailyLimits } from './session/usage-day.ts'
import { measuredStore } from './store/measured-store.ts'
import { openStore } from './store/open-store.ts'
import { type Store } from './store/store.ts'
import { silentTracing, type Tracing } from './tracing.ts'
import { type EngineName } from './transport/transport.ts'

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

/** What a relay is made of, behind its doors. */
export interface Inside {
  readonly logger: Logger
  readonly prometheus: Prometheus
  readonly metrics: Metrics
  readonly store: Store
  readonly authority: Authority
  readonly live: LiveService
  /** What everybody uses. */
  readonly usage: UsageBook
  readonly registry: SessionRegistry
  readonly signOuts: SignOuts
  readonly readiness: Readiness
  /** Hands every conversation over at once; nobody is taken any more. */
  settle(): Promise<void>
  /** Lets go of what was opened; to be called when the doors are shut. */
  close(): Promise<void>
}

/** Of all users together: above it one core would add more than 20 ms to a frame. */
const MAX_SESSIONS = 2_000

/** A local brain on a busy machine loads its speech models first, which Google never has to, ms. */
const LOCAL_SETUP_TIMEOUT_MS = 60_000

/** It also answers later than Google would where many share the machine, ms. */
const LOCAL_ANSWER_MS = 45_000

/** Opens and wires everything but the doors. */
export async function openInside(config: RelayConfig, engine: EngineName, deps: RelayDeps): Promise<Inside> {
  const instance = randomUUID()
  const logger = deps.logger.child({ instance })
  const prometheus = createPrometheus({ version: manifest.version, engine, brain: config.brain })
  const metrics = deps.metrics ?? prometheus.metrics
  const store = measuredStore(deps.store ?? (await openStore(config.store, { logger })), metrics)
  const tracing = await openTracing(config, instance, logger)
  const secrets = secretsOf(config)
  const sealer = createSealer(secrets, 'aside brain handle')
  const live = createBrain(config, deps.brainSetupTimeoutMs, logger)
  const dailyLimits = withoutUndefined({ minutes: config.dailyMinutes, spend: config.dailySpend })
  const usage = new UsageBook({ journal: store.journal, limits: dailyLimits, logger })
  const registry = createRegistry(config, deps.times, {
    ...{ instance, logger, metrics, store, tracing, sealer, live, usage, dailyLimits },
  })
  const authority = createAuthority({
    secrets,
    store,
    pairing: config.pairing,
    trustedProxies: config.trustedProxies,
    rates: deps.rates ?? limitRates(config.maxSessionsPerUser),
    onTrouble: (error) => logger.error({ error: String(error) }, 'other relays could not be told of a sign-out'),
  })
  const signOuts = watchSignOuts(authority.revocation, registry, logger)
  const readiness = createReadiness({
    isDraining: () => registry.isDraining,
    isStoreHealthy: () => store.isHealthy(),
    isUpstreamReachable: () => live.isReachable(),
  })

  async function settle(): Promise<void> {
    signOuts.stop()
    await registry.close()
  }

  async function close(): Promise<void> {
    // Whoever gave the store keeps it.
    if (deps.store === undefined) await store.close()
    await tracing.close()
  }

  return { logger, prometheus, metrics, store, authority, live, usage, registry, signOuts, readiness, settle, close }
}

/** Loaded on demand: the exporter takes longer to load than everything else of a relay. */
async function openTracing({ traceUrl, brain }: RelayConfig, instance: string, logger: Logger): Promise<Tracing> {
  if (traceUrl === undefined) return silentTracing()
  const { createOtlpTracing } = await import('./tracing/otlp.ts')
  return createOtlpTracing({ url: traceUrl, version: manifest.version, instance, brain, logger })
}

/** @param setupTimeoutMs longest time the brain may take for its setup; the usual one unless given */
function createBrain(config: RelayConfig, setupTimeoutMs: number | undefined, logger: Logger): LiveService {
  const { brain, liveUrl, voice } = config
  const usualMs = brain === 'local' ? LOCAL_SETUP_TIMEOUT_MS : undefined
  const gemini = createGeminiLive(withoutUndefined({ liveUrl, logger, setupTimeoutMs: setupTimeoutMs ?? usualMs }))
  if (brain !== 'local') return createLiveService(gemini, config)
  const capabilities = (name: string) => localCapabilities(gemini.capabilities(name), voice)
  return createLiveService({ ...gemini, capabilities }, config)
}

interface RegistryParts {
  /** This process, in leases, logs and on the bus. */
  readonly instance: string
  readonly logger: Logger
  readonly metrics: Metrics
  readonly store: Store
  readonly tracing: Tracing
  readonly sealer: Sealer
  readonly live: LiveService
  readonly usage: UsageBook
  readonly dailyLimits: DailyLimits
}

function createRegistry(config: RelayConfig, times: RelayDeps['times'], parts: RegistryParts): SessionRegistry {
  const usual = sessionTimes(config.sessionIdleMs)
  const patience = config.brain === 'local' ? { ...usual.patience, answerMs: LOCAL_ANSWER_MS } : usual.patience
  return new SessionRegistry({
    ...parts,
    soundMemory: new SoundBlocks(),
    limits: limitsOf(config),
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

/** Without a secret of the operator's, tokens live as long as this relay. */
function secretsOf({ secrets }: RelayConfig): readonly [string, ...string[]] {
  const [newest, ...older] = secrets
  return [newest ?? randomBytes(32).toString('hex'), ...older]
}
