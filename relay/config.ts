import { isIP } from 'node:net'
import { withoutUndefined } from '../shared/util/without-undefined.ts'

/** The fixed id of the built extension: it follows from the key in its manifest. */
export const EXTENSION_ID = 'knfpaakmnadpbecgiplicddldlkfepni'

/** Everything the operator decides, read once at the start (docs/protocol.md §3). */
export interface RelayConfig {
  readonly brain: 'gemini' | 'local'
  /** Opens Google's door; the local brain takes any. */
  readonly apiKey: string
  /** Base `http(s)` URL of a Gemini-Live-compatible server; without it Google's own. */
  readonly liveUrl?: string
  /** The model as the wire names it. */
  readonly model: string
  /** The model as people are told about it: the local brain does not pose as Gemini. */
  readonly modelLabel: string
  readonly voice: string
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly engine: 'auto' | 'uws' | 'ws'
  /** Signs tokens, the newest first. Empty: the process edge makes one and keeps it. */
  readonly secrets: readonly string[]
  readonly extensionIds: readonly string[]
  /** Where clients reach the relay when that is not `host:port`: `http(s)://host[:port]`. */
  readonly publicUrl?: string
  readonly maxSessionsPerUser: number
  /** Messages a conversation remembers. */
  readonly memory: number
  /** A session without a word for this long ends, ms. */
  readonly sessionIdleMs: number
}

export type ConfigResult =
  | { readonly ok: true; readonly config: RelayConfig }
  /** Each problem is a sentence a person can act on. */
  | { readonly ok: false; readonly problems: readonly string[] }

type Environment = Readonly<Record<string, string | undefined>>

/** Reads one variable; what is wrong with it is added to `problems` and the default goes on. */
type Reader = (name: string) => string | undefined

/** Reads the environment. Pure: touches no file, and reports all problems together. */
export function readConfig(env: Environment): ConfigResult {
  const problems: string[] = []
  const read: Reader = (name) => {
    const value = env[name]?.trim()
    return value === undefined || value === '' ? undefined : value
  }
  const brain = readBrain(read, problems)
  const host = read('ASIDE_HOST') ?? '127.0.0.1'
  const secrets = readList(read('ASIDE_SECRET'))
  checkReach(host, secrets, problems)
  const config: RelayConfig = withoutUndefined({
    ...brain,
    voice: read('ASIDE_VOICE') ?? 'Kore',
    host,
    port: readInteger(read, 'ASIDE_PORT', 8787, 0, 65_535, problems),
    engine: readChoice(read, 'ASIDE_ENGINE', ['auto', 'uws', 'ws'], 'auto', problems),
    secrets,
    extensionIds: readExtensionIds(read, problems),
    publicUrl: readBaseUrl(read, 'ASIDE_PUBLIC_URL', problems),
    maxSessionsPerUser: readInteger(read, 'ASIDE_MAX_SESSIONS', 2, 1, 10_000, problems),
    memory: readInteger(read, 'ASIDE_MEMORY', 50, 1, 1000, problems),
    sessionIdleMs: readDuration(read, 'ASIDE_SESSION_IDLE', 30 * 60_000, problems),
  })
  return problems.length === 0 ? { ok: true, config } : { ok: false, problems }
}

/** Whether a host name or address means this machine. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function readBrain(read: Reader, problems: string[]) {
  const key = readList(read('GEMINI_API_KEY') ?? read('GOOGLE_API_KEY'))[0]
  const brain = readChoice(read, 'ASIDE_BRAIN', ['gemini', 'local'], key === undefined ? 'local' : 'gemini', problems)
  if (brain === 'gemini' && key === undefined) {
    problems.push('ASIDE_BRAIN=gemini needs GEMINI_API_KEY; without a key use ASIDE_BRAIN=local.')
  }
  const model = read('ASIDE_MODEL')
  return {
    brain,
    apiKey: brain === 'gemini' && key !== undefined ? key : 'local',
    liveUrl: readBaseUrl(read, 'ASIDE_LIVE_URL', problems),
    model: model ?? 'gemini-3.8-live',
    modelLabel: model ?? (brain === 'local' ? 'local' : 'gemini-3.8-live'),
  }
}

function checkReach(host: string, secrets: readonly string[], problems: string[]): void {
  for (const secret of secrets) {
    if (secret.length >= 32) continue
    problems.push('ASIDE_SECRET is too short: use at least 32 characters, for example from: openssl rand -hex 32')
  }
  if (isLoopbackHost(host)) return
  if (secrets.length === 0) {
    problems.push(`ASIDE_HOST=${host} is not this machine alone: set ASIDE_SECRET (openssl rand -hex 32).`)
  }
  problems.push(
    `ASIDE_HOST=${host} is not this machine alone, and this version pairs devices on this machine only: use 127.0.0.1.`,
  )
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

function readBaseUrl(read: Reader, name: string, problems: string[]): string | undefined {
  const value = read(name)
  if (value === undefined) return undefined
  const url = URL.parse(value)
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return value.replace(/\/+$/, '')
  problems.push(`${name}=${value} is no address: it must begin with http:// or https:// (not ws://).`)
  return undefined
}

const ONE_OF = new Intl.ListFormat('en-GB', { type: 'disjunction' })

function readChoice<Choice extends string>(
  read: Reader,
  name: string,
  choices: readonly Choice[],
  fallback: Choice,
  problems: string[],
): Choice {
  const value = read(name)
  if (value === undefined) return fallback
  const choice = choices.find((candidate) => candidate === value)
  if (choice !== undefined) return choice
  problems.push(`${name}=${value} is unknown: use ${ONE_OF.format(choices)}.`)
  return fallback
}

function readInteger(
  read: Reader,
  name: string,
  fallback: number,
  least: number,
  most: number,
  problems: string[],
): number {
  const value = read(name)
  if (value === undefined) return fallback
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= least && number <= most) return number
  problems.push(`${name}=${value} must be a whole number from ${least} to ${most}.`)
  return fallback
}

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 } as const

function readDuration(read: Reader, name: string, fallbackMs: number, problems: string[]): number {
  const value = read(name)
  if (value === undefined) return fallbackMs
  const match = /^(\d{1,6}) ?(s|m|h)(in)?$/.exec(value)
  const milliseconds = Number(match?.[1]) * UNIT_MS[(match?.[2] ?? 's') as keyof typeof UNIT_MS]
  // Node's timers hold 2³¹ ms at most; a day is more than any conversation idles.
  if (milliseconds >= 1000 && milliseconds <= 24 * UNIT_MS.h) return milliseconds
  problems.push(`${name}=${value} must be a time of at most 24 hours with its unit, for example 90s, 30m or 2h.`)
  return fallbackMs
}

function readList(value: string | undefined): readonly string[] {
  if (value === undefined) return []
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
