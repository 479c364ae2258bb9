/** `npm run local-live -- [--port N] [--fault NAME]…`: the local Gemini Live server by itself, for any Gemini Live client. */
import { parseArgs } from 'node:util'
import { listFaults } from '../relay/local-live/faults/catalogue.ts'
import { PLAN_SYNTAX, readFaultPlan, type FaultPlan } from '../relay/local-live/faults/fault-plan.ts'
import { startLocalLive, type LocalLive } from '../relay/local-live/local-live.ts'

const USAGE = `Usage: npm run local-live -- [--port N] [--fault ${PLAN_SYNTAX}]… | --list-faults
(without --port, a free one is taken)`

interface Order {
  readonly port: number
  readonly faults: readonly FaultPlan[]
  readonly list: boolean
}

const order = readOrder(process.argv.slice(2))
if (typeof order === 'string') {
  console.error(`${order}\n${USAGE}`)
  process.exit(2)
}
if (order.list) {
  console.log(listFaults())
  process.exit(0)
}
const stopped = new AbortController()
const stop = () => stopped.abort()
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
const live = await start(order)
console.log(`local live ready on ${live.url}`)
for (const { fault } of order.faults) console.log(`it goes wrong: ${fault.name}, ${fault.does}`)
await Promise.race([
  live.ready.then(
    () => console.log('speech models are loaded'),
    (error: unknown) => console.error(`speech models could not be loaded: ${sentence(error)}`),
  ),
  aborted(stopped.signal),
])
await aborted(stopped.signal)
await live.close()

/** @returns what to do, or what is wrong with the arguments */
function readOrder(args: string[]): Order | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string', default: '0' },
        fault: { type: 'string', multiple: true, default: [] },
        'list-faults': { type: 'boolean', default: false },
      },
    })
    const port = Number(values.port)
    if (!/^\d+$/.test(values.port) || port > 65_535) {
      return `--port takes a number from 0 to 65535, not "${values.port}".`
    }
    const plans = values.fault.map(readFaultPlan)
    const wrong = plans.find((plan) => typeof plan === 'string')
    if (wrong !== undefined) return `${wrong} All faults: npm run local-live -- --list-faults`
    return { port, faults: plans.filter((plan) => typeof plan !== 'string'), list: values['list-faults'] }
  } catch (error) {
    return sentence(error)
  }
}

async function start({ port, faults }: Order): Promise<LocalLive> {
  try {
    return await startLocalLive({ port, faults, onTrouble: (trouble) => console.error(trouble) })
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    console.error(
      taken
        ? `Port ${port} is taken by another program. Stop it, or choose another port with --port N.`
        : `The local Live server could not start: ${sentence(error)}`,
    )
    process.exit(1)
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
