import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BenchProcess } from '../bench/relay/command-channel.ts'
import { type UsageCommands } from '../bench/relay/commands.ts'
import { relayEnvironment } from '../bench/relay/relay-environment.ts'
import { nodeFetch } from '../../scripts/talk/node-fetch.ts'
import { createTicketSource } from '../../shared/client/ticket-client.ts'
import { type Ticket } from '../../shared/client/relay-client.ts'
import { createLogger } from '../../relay/logger.ts'
import { openStore } from '../../relay/store/open-store.ts'
import { checkHistory } from './history/checker.ts'
import { type History, keepHistory } from './history/history.ts'
import { type StoredConversation } from './history/line.ts'
import { readStored } from './history/recording-store.ts'
import { type Limits, type Violation } from './history/violation.ts'
import { type RedisServer, startRedis } from './redis-server.ts'

export interface RelayFleetOptions {
  readonly history: History
  /** Of the brain, `http://host:port`. */
  readonly brainUrl: string
  /** Further settings of each relay. */
  readonly env?: Readonly<Record<string, string>>
  /** `redis`: one that was started for this fleet. `sqlite`: a file, for one relay alone. */
  readonly store?: 'redis' | 'sqlite'
  /** Loaded into each relay before anything else: the file URL of a module that serves commands. */
  readonly probe?: string
  /** Further arguments of Node itself. */
  readonly nodeArgs?: readonly string[]
}

/** One relay as its operator would run it, in a process of its own. */
export interface FleetRelay<Served extends UsageCommands = UsageCommands> {
  readonly name: string
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** Of its admin listener, `http://127.0.0.1:PORT`. */
  readonly adminUrl: string
  readonly process: BenchProcess<Served>
}

/** Whose every conversation is: each client of a fleet pairs with a relay of this machine. */
const OWNER = 'local'

const ROOT = join(import.meta.dirname, '../..')

/** Relays that share one store, to be stopped, killed and added while people talk. Whoever starts a fleet closes it. */
export class RelayFleet<Served extends UsageCommands = UsageCommands> {
  readonly #redis: RedisServer | undefined
  readonly #options: RelayFleetOptions
  readonly #folder: string
  readonly #secret = randomBytes(32).toString('hex')
  readonly #started = new Set<BenchProcess<Served>>()
  #relays: readonly FleetRelay<Served>[] = []
  #names = 0

  private constructor(options: RelayFleetOptions, redis: RedisServer | undefined, folder: string) {
    this.#options = options
    this.#redis = redis
    this.#folder = folder
  }

  /** Starts the store and so many relays. */
  static async start<Served extends UsageCommands = UsageCommands>(
    count: number,
    options: RelayFleetOptions,
  ): Promise<RelayFleet<Served>> {
    const folder = await mkdtemp(join(tmpdir(), 'aside-fleet-'))
    const redis = options.store === 'sqlite' ? undefined : await startRedis()
    const fleet = new RelayFleet<Served>(options, redis, folder)
    try {
      await Promise.all(Array.from({ length: count }, () => fleet.add()))
    } catch (error) {
      await fleet.close()
      throw error
    }
    return fleet
  }

  /** Those that take clients now. */
  get relays(): readonly FleetRelay<Served>[] {
    return this.#relays
  }

  async add(): Promise<FleetRelay<Served>> {
    const name = `relay-${++this.#names}`
    const process = this.#spawn()
    this.#started.add(process)
    const [, url = ''] = await process.line(/aside relay ready on (http:\/\/\S+)/)
    const [, admin = ''] = await process.line(/"address":"([^"]+)","msg":"metrics and health/)
    const relay = { name, url, adminUrl: `http://${admin}`, process }
    this.#relays = [...this.#relays, relay]
    return relay
  }

  /** Ends it at once, as a machine does that loses power. */
  async kill(relay: FleetRelay<Served>): Promise<void> {
    this.#relays = this.#relays.filter((other) => other !== relay)
    this.#options.history.add({ event: 'fault', what: 'killed', to: relay.name, how: 'SIGKILL' })
    relay.process.kill()
    await relay.process.ended
  }

  /** Asks it to end. @returns its exit code; null when it had to be killed */
  async retire(relay: FleetRelay<Served>): Promise<number | null> {
    this.#relays = this.#relays.filter((other) => other !== relay)
    this.#options.history.add({ event: 'fault', what: 'stopped', to: relay.name, how: 'SIGTERM' })
    await relay.process.stop()
    return relay.process.ended
  }

  /**
   * Where a client gets its tickets: from one relay after the other, like over a balancer that does not know who is well.
   *
   * @param first index of the relay that is asked first
   */
  tickets(first: number): (signal: AbortSignal) => Promise<Ticket> {
    const sources = new Map<string, ReturnType<typeof createTicketSource>>()
    let next = first
    return (signal) => {
      const { url } = this.#relays[next++ % this.#relays.length]!
      const source = sources.get(url) ?? createTicketSource({ baseUrl: url, fetch: nodeFetch })
      sources.set(url, source)
      return source.getTicket(signal)
    }
  }

  /** @returns what the judge says, and everything that is stored */
  async judge(limits: Partial<Limits>): Promise<readonly Violation[]> {
    return checkHistory(this.#options.history.lines, await this.#stored(), limits)
  }

  /** @throws what was broken, and where the history is kept */
  async expectKept(limits: Partial<Limits>): Promise<void> {
    const violations = await this.judge(limits)
    if (violations.length === 0) return
    const folder = await keepHistory(this.#options.history.lines, await this.#stored())
    throw new Error([...violations.map(({ kind, sentence }) => `${kind}: ${sentence}`), folder].join('\n'))
  }

  async close(): Promise<void> {
    for (const process of this.#started) process.kill()
    await Promise.all([...this.#started].map(({ ended }) => ended))
    await this.#redis?.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #stored(): Promise<readonly StoredConversation[]> {
    const store = await openStore(this.#storeUrl, { logger: createLogger('silent', { write: () => undefined }) })
    try {
      return await readStored(store, [OWNER])
    } finally {
      await store.close()
    }
  }

  get #storeUrl(): string {
    return this.#redis?.url ?? `sqlite:${join(this.#folder, 'relay.sqlite')}`
  }

  #spawn(): BenchProcess<Served> {
    const { brainUrl, env, probe = import.meta.resolve('../bench/relay/usage-probe.ts'), nodeArgs = [] } = this.#options
    return new BenchProcess<Served>([...nodeArgs, '--import', probe, join(ROOT, 'relay/main.ts')], {
      cwd: this.#folder,
      // Everybody here is one user, who may come back with everything at once.
      env: relayEnvironment({
        ASIDE_LIVE_URL: brainUrl,
        GEMINI_API_KEY: 'fleet',
        ASIDE_STORE: this.#storeUrl,
        ASIDE_SECRET: this.#secret,
        ASIDE_DRAIN: '2s',
        ...env,
      }),
    })
  }
}
