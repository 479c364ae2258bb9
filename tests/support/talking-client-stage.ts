import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { nodeFetch } from '../../scripts/talk/node-fetch.ts'
import { createTicketSource } from '../../shared/client/ticket-client.ts'
import { createLogger } from '../../relay/logger.ts'
import { createRelay, type Relay } from '../../relay/relay.ts'
import { type RelayDeps } from '../../relay/relay-inside.ts'
import { openStore } from '../../relay/store/open-store.ts'
import { type Store } from '../../relay/store/store.ts'
import { checkHistory } from './history/checker.ts'
import { History, keepHistory } from './history/history.ts'
import { readStored, recordingStore } from './history/recording-store.ts'
import { type Limits, type Violation } from './history/violation.ts'
import { type ScriptedLive } from './scripted-live.ts'
import { startTalkingBrain, type TalkingBrainOptions } from './talking-brain.ts'
import { TalkingClient, type TalkingClientOptions } from './talking-client.ts'
import { testConfig } from './test-relay.ts'

export interface TalkingStageOptions {
  /** How many relays there are; all have the same store. */
  readonly instances?: number
  /** Memory unless given; ended by whoever gives it. */
  readonly store?: Store
  /** What each instance takes for its store. @param instance `one`, `two`, … */
  readonly dress?: Dress
  readonly brain?: Omit<TalkingBrainOptions, 'history'>
  readonly env?: Readonly<Record<string, string>>
  readonly times?: RelayDeps['times']
}

/** What an instance takes for the store; it has to write it down itself. */
export type Dress = (store: Store, instance: string, history: History) => Store

/** Relays, a brain that answers, clients that talk, and everything written down; all end with the test. */
export interface TalkingStage {
  readonly history: History
  readonly brain: ScriptedLive
  readonly relays: readonly Relay[]
  readonly store: Store
  /** Every line of the relays' logs, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[]
  /**
   * A client that has not started.
   *
   * @param addresses of relays or of proxies before them, `http://host:port`; each attempt takes the next. The first relay
   *   unless given
   */
  readonly talker: (addresses?: readonly string[], options?: Partial<TalkingClientOptions>) => TalkingClient
  /** What the judge says of everything until now. */
  readonly judge: (limits?: Partial<Limits>) => Promise<readonly Violation[]>
  /** @throws what was broken, and where the history is kept */
  readonly expectKept: (limits?: Partial<Limits>) => Promise<void>
}

const NAMES = ['one', 'two', 'three'] as const

/** Everybody who pairs with a relay of this machine (docs/protocol.md §1.1). */
const OWNER = 'local'

export async function newTalkingStage(options: TalkingStageOptions = {}): Promise<TalkingStage> {
  const log: Record<string, unknown>[] = []
  const logger = createLogger('debug', { write: (line) => log.push(JSON.parse(line) as Record<string, unknown>) })
  const history = new History()
  const brain = await startTalkingBrain({ history, ...options.brain })
  onTestFinished(() => brain.close())
  const store = options.store ?? (await openStore('memory:', { logger }))
  const dress: Dress = options.dress ?? ((plain, instance) => recordingStore(plain, history, instance))
  const env = { ASIDE_LIVE_URL: brain.url, ASIDE_SECRET: randomBytes(32).toString('hex'), ASIDE_MAX_SESSIONS: '100' }
  const config = testConfig({ ...env, ...options.env })
  const relays: Relay[] = []
  for (const instance of NAMES.slice(0, options.instances ?? 1)) {
    const deps = { logger, store: dress(store, instance, history), times: { ...options.times } }
    const relay = await createRelay(config, deps)
    onTestFinished(() => relay.close())
    relays.push(relay)
  }
  let clients = 0

  const talker: TalkingStage['talker'] = (addresses = [relays[0]!.url], changes = {}) => {
    const sources = addresses.map((baseUrl) => createTicketSource({ baseUrl, fetch: nodeFetch }))
    let attempts = 0
    const client = new TalkingClient({
      number: ++clients,
      history,
      getTicket: (signal) => sources[attempts++ % sources.length]!.getTicket(signal),
      ...changes,
    })
    onTestFinished(() => client.end())
    client.client.start()
    return client
  }

  const judge = async (limits: Partial<Limits> = {}) =>
    checkHistory(history.lines, await readStored(store, [OWNER]), limits)

  const expectKept = async (limits: Partial<Limits> = {}) => {
    const violations = await judge(limits)
    if (violations.length === 0) return
    const folder = await keepHistory(history.lines, await readStored(store, [OWNER]))
    throw new Error([...violations.map(({ kind, sentence }) => `${kind}: ${sentence}`), folder].join('\n'))
  }

  return { history, brain, relays, store, log, talker, judge, expectKept }
}
