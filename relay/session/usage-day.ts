/**
 * What is counted of a user, per day (UTC): sound in ms, frames, tokens, and US dollars. Sound is what was exchanged with the
 * brain; tokens and dollars are what the brain said it took.
 */
export type UsageAmounts = Readonly<Record<UsageName, number>>

type UsageName = 'microphoneMs' | 'speechMs' | 'frames' | TokenName | 'spend'

export type TokenName = 'textIn' | 'audioIn' | 'imageIn' | 'textOut' | 'audioOut'

export type DailyLimit = 'minutes' | 'spend'

/** What a user may use on one day (`ASIDE_DAILY_MINUTES`, `ASIDE_DAILY_SPEND`); without a number there is no end. */
export interface DailyLimits {
  /** Of sound, both ways together. */
  readonly minutes?: number
  /** US dollars. */
  readonly spend?: number
}

/** A user may not use more today. */
export interface LimitReached {
  readonly limit: DailyLimit
  /** When the next day (UTC) begins, ISO 8601. */
  readonly resetsAt: string
}

const NOTHING: UsageAmounts = {
  microphoneMs: 0,
  speechMs: 0,
  frames: 0,
  textIn: 0,
  audioIn: 0,
  imageIn: 0,
  textOut: 0,
  audioOut: 0,
  spend: 0,
}

const NAMES = Object.keys(NOTHING) as readonly UsageName[]

const DAY_MS = 24 * 60 * 60_000

/** @returns the day of a time, as `2026-11-22` (UTC) */
export function usageDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10)
}

/** @returns when the day of a time is over, ISO 8601 */
export function dayEndsAt(timeMs: number): string {
  return new Date((Math.floor(timeMs / DAY_MS) + 1) * DAY_MS).toISOString()
}

/** Sums as they are stored, with 0 for what was never counted. */
export function amountsOf(sums: Readonly<Record<string, number>>): UsageAmounts {
  return Object.fromEntries(NAMES.map((name) => [name, sums[name] ?? 0])) as UsageAmounts
}

export function sumOf(one: UsageAmounts, other: Readonly<Partial<UsageAmounts>>): UsageAmounts {
  return Object.fromEntries(NAMES.map((name) => [name, one[name] + (other[name] ?? 0)])) as UsageAmounts
}

/** @returns only what is not 0: what there is to store */
export function withoutZeros(amounts: Readonly<Partial<UsageAmounts>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(amounts).filter(([, amount]) => amount !== 0))
}

export function minutesOf({ microphoneMs, speechMs }: UsageAmounts): number {
  return (microphoneMs + speechMs) / 60_000
}

/** @returns which limit is used up, if one is */
export function usedUp(amounts: UsageAmounts, limits: DailyLimits): DailyLimit | undefined {
  if (limits.minutes !== undefined && minutesOf(amounts) >= limits.minutes) return 'minutes'
  if (limits.spend !== undefined && amounts.spend >= limits.spend) return 'spend'
  return undefined
}
