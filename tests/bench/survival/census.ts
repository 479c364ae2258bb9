import { type UsageCommands } from '../relay/commands.ts'

/** What the soak benchmark asks of the relay it watches. */
export interface CensusCommands extends UsageCommands {
  census(argument: null): Census
}

/** What a process holds after its garbage was collected. */
export interface Census {
  readonly rssBytes: number
  readonly heapBytes: number
  /** Timers, sockets and whatever else keeps a process alive, by kind. */
  readonly resources: Readonly<Record<string, number>>
}

/** A value at a time, in minutes. */
export interface Sample {
  readonly minutes: number
  readonly value: number
}

/** @returns the slope of the line that fits best (least squares), value per minute */
export function slopeOf(samples: readonly Sample[]): number {
  const mean = (pick: (sample: Sample) => number) => samples.reduce((sum, each) => sum + pick(each), 0) / samples.length
  const [middle, level] = [mean(({ minutes }) => minutes), mean(({ value }) => value)]
  const spread = samples.reduce((sum, { minutes }) => sum + (minutes - middle) ** 2, 0)
  const rise = samples.reduce((sum, { minutes, value }) => sum + (minutes - middle) * (value - level), 0)
  return spread === 0 ? 0 : rise / spread
}

/** @returns kinds of which there are more than at the start, with both numbers */
export function leftOver(start: Census, end: Census): Readonly<Record<string, readonly [number, number]>> {
  const grown = Object.entries(end.resources).filter(([name, count]) => count > (start.resources[name] ?? 0))
  return Object.fromEntries(grown.map(([name, count]) => [name, [start.resources[name] ?? 0, count] as const]))
}
