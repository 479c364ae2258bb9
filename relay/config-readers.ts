import { isIP } from 'node:net'

/** Reads one variable; undefined when it is not set or blank. */
export type Reader = (name: string) => string | undefined

export type Environment = Readonly<Record<string, string | undefined>>

/** @returns a reader that takes blanks for not set */
export function environmentReader(env: Environment): Reader {
  return (name) => {
    const value = env[name]?.trim()
    return value === undefined || value === '' ? undefined : value
  }
}

export function readBaseUrl(read: Reader, name: string, problems: string[]): string | undefined {
  const value = read(name)
  if (value === undefined) return undefined
  const url = URL.parse(value)
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return value.replace(/\/+$/, '')
  problems.push(`${name}=${value} is no address: it must begin with http:// or https:// (not ws://).`)
  return undefined
}

const ONE_OF = new Intl.ListFormat('en-GB', { type: 'disjunction' })

export function readChoice<Choice extends string>(
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

export function readInteger(
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

export function readDuration(read: Reader, name: string, fallbackMs: number, problems: string[]): number {
  const value = read(name)
  if (value === undefined) return fallbackMs
  const match = /^(\d{1,6}) ?(s|m|h)(in)?$/.exec(value)
  const milliseconds = Number(match?.[1]) * UNIT_MS[(match?.[2] ?? 's') as keyof typeof UNIT_MS]
  // Node's timers hold 2³¹ ms at most; a day is more than any conversation idles.
  if (milliseconds >= 1000 && milliseconds <= 24 * UNIT_MS.h) return milliseconds
  problems.push(`${name}=${value} must be a time of at most 24 hours with its unit, for example 90s, 30m or 2h.`)
  return fallbackMs
}

export function readList(value: string | undefined): readonly string[] {
  if (value === undefined) return []
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** `1`, `true`, `yes` and `on`, or their opposites. */
export function readBoolean(read: Reader, name: string, fallback: boolean, problems: string[]): boolean {
  const value = read(name)?.toLowerCase()
  if (value === undefined) return fallback
  if (['1', 'true', 'yes', 'on'].includes(value)) return true
  if (['0', 'false', 'no', 'off'].includes(value)) return false
  problems.push(`${name}=${value} is neither on nor off.`)
  return fallback
}

/** @returns a number above 0, or undefined when none is set */
export function readNumber(read: Reader, name: string, problems: string[]): number | undefined {
  const value = read(name)
  if (value === undefined) return undefined
  if (/^\d+(\.\d+)?$/.test(value) && Number(value) > 0) return Number(value)
  problems.push(`${name}=${value} must be a number above 0.`)
  return undefined
}

/** An address, or all that begin as it does. */
export interface Network {
  readonly address: string
  readonly prefixBits: number
  readonly family: 'ipv4' | 'ipv6'
}

/** Addresses and networks, comma separated: `10.0.0.1, 192.168.0.0/16, 2001:db8::/32`. */
export function readNetworks(read: Reader, name: string, problems: string[]): readonly Network[] {
  return readList(read(name)).flatMap((item) => {
    const network = parseNetwork(item)
    if (network !== undefined) return [network]
    problems.push(
      `${name} holds “${item}”, which is no address and no network: use for example 10.0.0.1 or 10.0.0.0/8.`,
    )
    return []
  })
}

function parseNetwork(text: string): Network | undefined {
  const [, address = '', prefix] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const version = isIP(address)
  if (version === 0) return undefined
  const mostBits = version === 4 ? 32 : 128
  const prefixBits = Number(prefix ?? mostBits)
  return prefixBits > mostBits ? undefined : { address, prefixBits, family: version === 4 ? 'ipv4' : 'ipv6' }
}
