import { availableParallelism, cpus } from 'node:os'
import { type LatencySummary } from './latency-samples.ts'
import { type BenchPlan, type UpstreamKind, type VariantMeasurement, type Window } from './measure.ts'

export interface VariantResult {
  readonly sessions: number
  readonly upstream: UpstreamKind
  readonly variant: string
  /** Medians over the rounds from here on, but where a name says otherwise. */
  readonly cpuSecondsPerSessionMinute: number
  /** Processor time of this variant ÷ that of the floor. */
  readonly ratioToFloor: number
  /** The same, each divided by what the generator used in its window first: a slower moment of the machine cancels out. */
  readonly normToFloor: number
  readonly rssKbPerSession: number
  readonly rssFullMb: number
  /** Share of all pictures. */
  readonly replacedPictures: number
  readonly up: LatencyResult
  readonly down: LatencyResult
}

interface LatencyResult {
  readonly frames: number
  readonly p50Us: number
  readonly p99Us: number
  /** p99 above that of the floor. */
  readonly addedP99Us: number
  /** p99 of the quietest round. */
  readonly bestP99Us: number
  readonly maxUs: number
}

/** Puts the rounds of all variants at one number of sessions together; the first one is the floor. */
export function summarise(
  sessions: number,
  upstream: UpstreamKind,
  measurements: readonly VariantMeasurement[],
): VariantResult[] {
  const [floor] = measurements
  if (floor === undefined) return []
  return measurements.map((measured) => ({
    sessions,
    upstream,
    variant: measured.variant,
    cpuSecondsPerSessionMinute: round(cpuPerSecond(measured) * (60 / sessions), 5),
    ratioToFloor: round(cpuPerSecond(measured) / cpuPerSecond(floor), 3),
    normToFloor: round(cpuPerGeneratorSecond(measured) / cpuPerGeneratorSecond(floor), 3),
    rssKbPerSession: round((measured.rssFullBytes - measured.rssEmptyBytes) / 1024 / sessions, 1),
    rssFullMb: round(measured.rssFullBytes / 1024 / 1024, 1),
    replacedPictures: round(measured.replacedPictures, 3),
    up: latency(measured, floor, (window) => window.up),
    down: latency(measured, floor, (window) => window.down),
  }))
}

/** Prints the table for people and, as the last line, the same as one JSON object. */
export function printReport(
  plan: BenchPlan,
  results: readonly VariantResult[],
  starts: Readonly<Record<string, readonly number[]>>,
): void {
  console.log(
    `\nRelay: ${plan.rounds} rounds of ${plan.windowMs / 1000} s in alternation, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'CPU'}, Node ${process.versions.node}\n` +
      'Latency in ms, one way, client to brain and brain to client; CPU in seconds per session and minute.\n',
  )
  printTable([
    [
      'sessions',
      'brain',
      'variant',
      'CPU',
      '÷ floor',
      'norm',
      'KB/session',
      'up p50',
      'p99',
      '+ floor',
      '(best)',
      'down p50',
      'p99',
      '+ floor',
      '(best)',
    ],
    ...results.map((result) => [
      String(result.sessions),
      result.upstream,
      result.variant,
      result.cpuSecondsPerSessionMinute.toFixed(4),
      result.ratioToFloor.toFixed(2),
      result.normToFloor.toFixed(2),
      result.rssKbPerSession.toFixed(0),
      ...latencyCells(result.up),
      ...latencyCells(result.down),
    ]),
  ])
  for (const { sessions, upstream, variant, replacedPictures } of results)
    if (replacedPictures > 0.03)
      console.log(
        `\n${variant} at ${sessions} sessions (${upstream}) sent ${Math.round(replacedPictures * 100)} % fewer pictures: the machine was too busy.`,
      )
  const marginalRssKbPerSession = marginalRss(results)
  if (Object.keys(marginalRssKbPerSession).length > 0)
    console.log(
      `\nKB for each further session: ${Object.entries(marginalRssKbPerSession)
        .map((pair) => pair.join(' '))
        .join(', ')}`,
    )
  const startMs = Object.fromEntries(Object.entries(starts).map(([brain, took]) => [brain, round(median(took), 0)]))
  for (const [brain, ms] of Object.entries(startMs))
    console.log(`\nFrom start to ready with the ${brain} brain: ${ms} ms`)
  console.log('')
  console.log(
    JSON.stringify({
      bench: 'relay',
      rounds: plan.rounds,
      windowMs: plan.windowMs,
      node: process.versions.node,
      results,
      marginalRssKbPerSession,
      startMs,
    }),
  )
}

/** Between the smallest and the largest number of sessions, where a process's own growth under any load cancels out. */
function marginalRss(results: readonly VariantResult[]): Record<string, number> {
  const nameOf = ({ variant, upstream }: VariantResult) => (upstream === 'plain' ? variant : `${variant} (${upstream})`)
  const variants = [...new Set(results.map(nameOf))]
  return Object.fromEntries(
    variants.flatMap((variant) => {
      const own = results.filter((result) => nameOf(result) === variant).sort((a, b) => a.sessions - b.sessions)
      const [least, most] = [own[0], own.at(-1)]
      if (least === undefined || most === undefined || least === most) return []
      const kilobytes = (most.rssFullMb - least.rssFullMb) * 1024
      return [[variant, round(kilobytes / (most.sessions - least.sessions), 1)]]
    }),
  )
}

function cpuPerSecond({ windows }: VariantMeasurement): number {
  return median(windows.map((window: Window) => window.cpuSeconds / window.seconds))
}

function cpuPerGeneratorSecond({ windows }: VariantMeasurement): number {
  return median(windows.map((window: Window) => window.cpuSeconds / window.generatorCpuSeconds))
}

function latency(
  { windows: own }: VariantMeasurement,
  floor: VariantMeasurement,
  way: (window: Window) => LatencySummary,
): LatencyResult {
  const windows = own.map(way)
  const p99OfFloor = median(floor.windows.map((window) => way(window).p99Us))
  return {
    frames: windows.reduce((sum, { count }) => sum + count, 0),
    p50Us: round(median(windows.map(({ p50Us }) => p50Us)), 0),
    p99Us: round(median(windows.map(({ p99Us }) => p99Us)), 0),
    addedP99Us: round(median(windows.map(({ p99Us }) => p99Us)) - p99OfFloor, 0),
    bestP99Us: round(Math.min(...windows.map(({ p99Us }) => p99Us)), 0),
    maxUs: round(Math.max(...windows.map(({ maxUs }) => maxUs)), 0),
  }
}

function latencyCells({ p50Us, p99Us, addedP99Us, bestP99Us }: LatencyResult): string[] {
  return [p50Us, p99Us, addedP99Us, bestP99Us].map((us) => (us / 1000).toFixed(2))
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  for (const row of rows) console.log(row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '))
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle) - 1] ?? NaN)) / 2
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
