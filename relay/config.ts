import { isIP } from 'node:net'
import { withoutUndefined } from '../shared/util/without-undefined.ts'
import {
  environmentReader,
  readBaseUrl,
  readBoolean,
  readChoice,
  readDuration,
  readInteger,
  readList,
  readNetworks,
  readNumber,
  type Environment,
  type Network,
  type Reader,
} from './config-readers.ts'
import { type LogLevel } from './logger.ts'

/** The fixed id of the built extension: it follows from the key in its manifest. */
export const EXTENSION_ID = 'knfpaakmnadpbecgiplicddldlkfepni'

/** Everything the operator decides, read once at the start (docs/protocol.md §3). */
export interface RelayConfig {
  readonly brain: 'gemini' | 'local'
  /** Open Google's door, at least one; when the quota of one is spent the next is tried. The local brain takes any. */
  readonly apiKeys: readonly [string, ...string[]]
  /** Base `http(s)` URL of a Gemini-Live-compatible server; without it Google's own. */
  readonly liveUrl?: string
  /** The models as the wire names them: the first is asked, the others while it is out of order. */
  readonly models: readonly [string, ...string[]]
  /** The model as people are told about it: the local brain does not pose as Gemini. */
  readonly modelLabel: string
  readonly voice: string
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly engine: 'auto' | 'uws' | 'ws'
  /** Several processes listen on the port on purpose. */
  readonly sharePort: boolean
  /** Of the admin listener; 0 takes any free port. */
  readonly adminHost: string
  readonly adminPort: number
  /** Where records and conversations are kept: `memory:`, `sqlite:PATH` or `redis(s)://…`. */
  readonly store: string
  /** Signs tokens, the newest first. Empty: the process edge makes one and keeps it. */
  readonly secrets: readonly string[]
  readonly extensionIds: readonly string[]
  /** Where clients reach the relay when that is not `host:port`: `http(s)://host[:port]`. */
  readonly publicUrl?: string
  /** Addresses and networks (CIDR) of proxies whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly Network[]
  readonly pairing: PairingConfig
  readonly maxSessionsPerUser: number
  /** Messages a conversation remembers. */
  readonly memory: number
  /** A session without a word for this long ends, ms. */
  readonly sessionIdleMs: number
  /** Conversations that were silent for so long are deleted, ms. */
  readonly historyMs: number
  /** Minutes of sound a user may exchange per day (UTC), and what the brain may cost for one, US dollars. */
  readonly dailyMinutes?: number
  readonly dailySpend?: number
  /** How long conversations may go on after SIGTERM, ms, before they are moved. */
  readonly drainMs: number
  /** Lines below it are not written. */
  readonly logLevel: LogLevel
  /** Base `http(s)` URL of an OTLP collector; the usual further `OTEL_…` variables are the exporter's own. */
  readonly traceUrl?: string
}

/** How a new device gets its first tokens (docs/protocol.md §1.1). */
export type PairingConfig =
  | { readonly kind: 'local' }
  | { readonly kind: 'code' }
  | {
      readonly kind: 'oidc'
      readonly issuer: string
      readonly audience: string
      readonly clientId: string
    }

const DAY_MS = 24 * 60 * 60_000

export type ConfigResult =
  | { readonly ok: true; readonly config: RelayConfig }
  /** Each problem is a sentence a person can act on. */
  | { readonly ok: false; readonly problems: readonly string[] }

/** Reads the environment. Pure: touches no file, and reports all problems together. */
export function readConfig(env: Environment): ConfigResult {
  const problems: string[] = []
  const read = environmentReader(env)
  const brain = readBrain(read, problems)
  const host = read('ASIDE_HOST') ?? '127.0.0.1'
  const secrets = readList(read('ASIDE_SECRET'))
  const publicUrl = readBaseUrl(read, 'ASIDE_PUBLIC_URL', problems)
  const pairing = readPairing(read, isLoopbackHost(host) && publicUrl === undefined, problems)
  checkReach(host, secrets, pairing, problems)
  const config: RelayConfig = withoutUndefined({
    ...brain,
    voice: read('ASIDE_VOICE') ?? 'Kore',
    host,
    port: readInteger(read, 'ASIDE_PORT', 8787, 0, 65_535, problems),
    engine: readChoice(read, 'ASIDE_ENGINE', ['auto', 'uws', 'ws'], 'auto', problems),
    adminHost: read('ASIDE_ADMIN_HOST') ?? '127.0.0.1',
    adminPort: readInteger(read, 'ASIDE_ADMIN_PORT', 8788, 0, 65_535, problems),
    ...readStore(read, problems),
    secrets,
    extensionIds: readExtensionIds(read, problems),
    publicUrl,
    trustedProxies: readNetworks(read, 'ASIDE_TRUSTED_PROXIES', problems),
    pairing,
    maxSessionsPerUser: readInteger(read, 'ASIDE_MAX_SESSIONS', 2, 1, 10_000, problems),
    memory: readInteger(read, 'ASIDE_MEMORY', 50, 1, 1000, problems),
    sessionIdleMs: readDuration(read, 'ASIDE_SESSION_IDLE', 30 * 60_000, problems),
    historyMs: readInteger(read, 'ASIDE_HISTORY_DAYS', 90, 1, 3650, problems) * DAY_MS,
    dailyMinutes: readNumber(read, 'ASIDE_DAILY_MINUTES', problems),
    dailySpend: readNumber(read, 'ASIDE_DAILY_SPEND', problems),
    drainMs: readDuration(read, 'ASIDE_DRAIN', 30_000, problems),
    logLevel: readLogLevel(env, problems),
    traceUrl: readBaseUrl(read, 'OTEL_EXPORTER_OTLP_ENDPOINT', problems),
  })
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems }
}

/** @returns `ASIDE_LOG`, by itself for whoever has to log before the rest is read */
export function readLogLevel(env: Environment, problems: string[] = []): LogLevel {
  return readChoice(environmentReader(env), 'ASIDE_LOG', ['debug', 'info', 'warn', 'error'], 'info', problems)
}

/** Whether a host name or address means this machine. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** Whether what is read at an address can be believed: it comes encrypted, or from this machine. */
export function isSafeAddress(address: string): boolean {
  const url = URL.parse(address)
  if (url === null) return false
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(host))
}

function readBrain(read: Reader, problems: string[]) {
  const [key, ...moreKeys] = readList(read('GEMINI_API_KEY') ?? read('GOOGLE_API_KEY'))
  const brain = readChoice(read, 'ASIDE_BRAIN', ['gemini', 'local'], key === undefined ? 'local' : 'gemini', problems)
  if (brain === 'gemini' && key === undefined) {
    problems.push('ASIDE_BRAIN=gemini needs GEMINI_API_KEY; without a key use ASIDE_BRAIN=local.')
  }
  const [model, ...otherModels] = readList(read('ASIDE_MODEL'))
  const apiKeys: RelayConfig['apiKeys'] = brain === 'gemini' && key !== undefined ? [key, ...moreKeys] : ['local']
  const models: RelayConfig['models'] = [model ?? 'gemini-3.8-live', ...otherModels]
  return {
    brain,
    apiKeys,
    liveUrl: readBaseUrl(read, 'ASIDE_LIVE_URL', problems),
    models,
    modelLabel: model ?? (brain === 'local' ? 'local' : 'gemini-3.8-live'),
  }
}

/** Where nobody says otherwise, programs of this machine pair by themselves; a relay that others reach asks for a code. */
function readPairing(read: Reader, isPrivate: boolean, problems: string[]): PairingConfig {
  const kind = readChoice(read, 'ASIDE_PAIRING', ['local', 'code', 'oidc'], isPrivate ? 'local' : 'code', problems)
  if (kind !== 'oidc') return { kind }
  const issuer = readBaseUrl(read, 'ASIDE_OIDC_ISSUER', problems)
  const clientId = read('ASIDE_OIDC_CLIENT_ID')
  if (issuer !== undefined && !isSafeAddress(issuer)) {
    problems.push(`ASIDE_OIDC_ISSUER=${issuer} must begin with https://: keys that travel unencrypted prove nothing.`)
  }
  if (issuer !== undefined && clientId !== undefined) {
    return { kind, issuer, clientId, audience: read('ASIDE_OIDC_AUDIENCE') ?? clientId }
  }
  problems.push('ASIDE_PAIRING=oidc needs ASIDE_OIDC_ISSUER and ASIDE_OIDC_CLIENT_ID.')
  return { kind: 'code' }
}

function readStore(read: Reader, problems: string[]): Pick<RelayConfig, 'store' | 'sharePort'> {
  const store = read('ASIDE_STORE') ?? 'sqlite:.aside/relay.sqlite'
  const sharePort = readBoolean(read, 'ASIDE_SHARE_PORT', false, problems)
  if (!/^(memory:$|sqlite:.|rediss?:\/\/)/.test(store)) {
    // The address itself may hold a password.
    problems.push('ASIDE_STORE must be memory:, sqlite:PATH or redis://HOST:PORT.')
  } else if (sharePort && !store.startsWith('redis')) {
    problems.push('ASIDE_SHARE_PORT needs a store that all processes reach: set ASIDE_STORE=redis://HOST:PORT.')
  }
  return { store, sharePort }
}

function checkReach(host: string, secrets: readonly string[], pairing: PairingConfig, problems: string[]): void {
  for (const secret of secrets) {
    if (secret.length >= 32) continue
    problems.push('ASIDE_SECRET is too short: use at least 32 characters, for example from: openssl rand -hex 32')
  }
  if (isLoopbackHost(host)) return
  if (secrets.length === 0) {
    problems.push(`ASIDE_HOST=${host} is not this machine alone: set ASIDE_SECRET (openssl rand -hex 32).`)
  }
  if (pairing.kind === 'local') {
    problems.push(`ASIDE_HOST=${host} is not this machine alone, and ASIDE_PAIRING=local is for it: use code or oidc.`)
  }
}

function readExtensionIds(read: Reader, problems: string[]): readonly string[] {
  const ids = readList(read('ASIDE_EXTENSION_IDS'))
  for (const id of ids) {
    if (/^[a-p]{32}$/.test(id)) continue
    problems.push(
      `ASIDE_EXTENSION_IDS holds “${id}”, which is no extension id: copy the 32 letters (a to p) from chrome://extensions.`,
    )
  }
  return ids.length === 0 ? [EXTENSION_ID] : ids
}
