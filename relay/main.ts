import './young-heap.ts'
import { parseArgs } from 'node:util'
import { readConfig, readLogLevel, type RelayConfig } from './config.ts'
import { keptSecret } from './kept-secret.ts'
import { type LocalLive } from './local-live/local-live.ts'
import { createLogger, type Logger } from './logger.ts'
import { createRelay, type Relay } from './relay.ts'

const USAGE = 'Usage: node relay/main.ts [--port N]'

/** A stop that takes longer than this, once nobody talks any more, is ended, ms: whoever asked for it is waiting. */
const STOP_TIMEOUT_MS = 5_000

const logger = createLogger(readLogLevel(process.env), process.stderr)
process.on('unhandledRejection', surviveSdk)

try {
  await main(process.argv.slice(2))
} catch (error) {
  // What stops a start is for a person to mend: a port that is taken, an engine that does not load, a folder.
  fail([error instanceof Error ? error.message : String(error)])
}

async function main(args: readonly string[]): Promise<void> {
  const environment = { ...process.env, ...portArgument(args) }
  const read = readConfig(environment)
  if (!read.ok) {
    fail(read.problems)
    return
  }
  const secrets = read.config.secrets.length > 0 ? read.config.secrets : [keptSecret('.aside')]
  const brain = await startLocalBrain(read.config, logger)
  const config = { ...read.config, secrets, ...(brain === undefined ? {} : { liveUrl: brain.url }) }
  const relay = await createRelay(config, { logger }).catch(async (error: unknown) => {
    await brain?.close()
    throw error
  })
  if (relay.engineReason !== undefined) console.warn(relay.engineReason)
  stopOnSignals(relay, brain, config.drainMs)
  console.log(`aside relay ready on ${relay.url} (engine ${relay.engine}, brain ${relay.brain})`)
}

/** `--port N` counts before `ASIDE_PORT`. */
function portArgument(args: readonly string[]): { readonly ASIDE_PORT?: string } {
  try {
    const { port } = parseArgs({ args: [...args], options: { port: { type: 'string' } } }).values
    return port === undefined ? {} : { ASIDE_PORT: port }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

/** The embedded brain, unless another server is to be asked; its speech models load while the relay already answers. */
async function startLocalBrain(config: RelayConfig, log: Logger): Promise<LocalLive | undefined> {
  if (config.brain !== 'local' || config.liveUrl !== undefined) return undefined
  // Loaded on demand: with Gemini there is no reason to have speech models' code in memory.
  const { startLocalLive } = await import('./local-live/local-live.ts')
  return startLocalLive({ port: 0, onTrouble: (trouble) => log.error({ trouble }, 'the local brain has trouble') })
}

/** The first signal lets conversations move elsewhere, the second ends them. */
function stopOnSignals(relay: Relay, brain: LocalLive | undefined, drainMs: number): void {
  let isStopping = false
  const stop = () => {
    if (isStopping) process.exit(1)
    isStopping = true
    setTimeout(() => process.exit(1), drainMs + STOP_TIMEOUT_MS).unref()
    void relay
      .drain()
      .then(() => relay.close())
      .then(() => brain?.close())
      .then(() => process.exit(0))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
}

/**
 * A rejection inside @google/genai is not allowed to end everybody's conversation; nothing of ours waits for it, and
 * docs/adr/0003 says why none is expected. Any other is a bug of ours, and Node's default is right: stop.
 */
function surviveSdk(reason: unknown): void {
  const stack = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)
  logger.error({ error: stack }, 'a promise was rejected and nobody heard')
  if (!stack.includes('@google/genai')) throw reason
}

function fail(problems: readonly string[]): void {
  for (const problem of problems) console.error(problem)
  process.exitCode = 1
}
