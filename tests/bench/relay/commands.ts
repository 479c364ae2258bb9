import { type LatencySummary } from './latency-samples.ts'

/*
 * What `relay.bench.ts` can ask of the processes it starts, over their IPC channel.
 */

/** Every process answers this one; `usage-probe.ts` brings it into processes that know nothing of benches. */
export interface UsageCommands {
  usage(argument: null): ProcessUsage
}

export interface ProcessUsage {
  /** User and system time of all threads since the process began, s. */
  readonly cpuSeconds: number
  /** Resident memory, bytes. */
  readonly rssBytes: number
}

export interface UpstreamCommands extends UsageCommands {
  /** @returns the port it listens on */
  listen(argument: ServerFiles | null): Promise<number>
  /** Makes the brain of one fleet speak half of the time, or fall silent. */
  speak(argument: { readonly fleet: string; readonly on: boolean }): void
  /** Begins a window. */
  mark(argument: null): void
  window(argument: null): LatencySummary
  totals(argument: { readonly fleet: string }): UpstreamTotals
}

/** PEM files of a server that speaks TLS. */
export interface ServerFiles {
  readonly key: string
  readonly cert: string
}

export interface UpstreamTotals {
  readonly connections: number
  readonly audioReceived: number
  readonly imagesReceived: number
  readonly speechSent: number
}

export interface GeneratorCommands extends UsageCommands {
  /** Opens sessions and resolves once the brain of each has answered. */
  open(argument: FleetPlan): Promise<void>
  stream(argument: { readonly fleet: string; readonly on: boolean }): void
  mark(argument: null): void
  window(argument: null): LatencySummary
  totals(argument: { readonly fleet: string }): GeneratorTotals
  close(argument: { readonly fleet: string }): Promise<void>
}

export interface FleetPlan {
  readonly fleet: string
  /** `relay`: pairing, ticket and the contract's frames; `floor`: a bare socket. */
  readonly kind: 'relay' | 'floor'
  /** `http://host:port` */
  readonly url: string
  readonly sessions: number
}

export interface GeneratorTotals {
  readonly audioSent: number
  readonly imagesSent: number
  readonly speechReceived: number
  /** The first reasons why sessions ended or reported an error. */
  readonly faults: readonly string[]
}

export interface FloorCommands extends UsageCommands {
  /** @returns the port it listens on */
  listen(argument: { readonly upstream: string }): Promise<number>
}
