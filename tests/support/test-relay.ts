import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { readConfig, type RelayConfig } from '../../relay/config.ts'
import { createLogger } from '../../relay/logger.ts'
import { createRelay, type Relay } from '../../relay/relay.ts'
import { type RelayDeps } from '../../relay/relay-inside.ts'
import { type ScriptedLive, type ScriptedLiveOptions, startScriptedLive } from './scripted-live.ts'

export interface TestRelay {
  readonly relay: Relay
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly brain: ScriptedLive
  /** Every line of the log, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[]
}

export interface TestRelayOptions {
  /** Environment variables besides those that keep the relay to this test. */
  readonly env?: Readonly<Record<string, string>>
  readonly brain?: ScriptedLiveOptions
  readonly deps?: Partial<RelayDeps>
}

/** Short waits for a brain that comes and goes. */
const QUICK_RETRIES = [20, 20, 20]

/** A real relay on a free port with a scripted brain behind it; both end with the test. */
export async function newTestRelay(options: TestRelayOptions = {}): Promise<TestRelay> {
  const brain = await startScriptedLive(options.brain)
  onTestFinished(() => brain.close())
  const log: Record<string, unknown>[] = []
  const sink = { write: (line: string) => log.push(JSON.parse(line) as Record<string, unknown>) }
  const config = testConfig({ ASIDE_LIVE_URL: brain.url, ...options.env })
  const { times, ...deps } = options.deps ?? {}
  const relay = await createRelay(config, {
    logger: createLogger('debug', sink),
    times: { brainRetryDelaysMs: QUICK_RETRIES, ...times },
    ...deps,
  })
  onTestFinished(() => relay.close())
  return { relay, url: relay.url, brain, log }
}

/** The configuration of a relay that disturbs nobody. */
export function testConfig(env: Readonly<Record<string, string>>): RelayConfig {
  const result = readConfig({
    GEMINI_API_KEY: 'test-key',
    ASIDE_PORT: '0',
    ASIDE_ADMIN_PORT: '0',
    ASIDE_STORE: 'memory:',
    ASIDE_SECRET: randomBytes(32).toString('hex'),
    ...env,
  })
  if (!result.ok) throw new Error(result.problems.join('\n'))
  return result.config
}
