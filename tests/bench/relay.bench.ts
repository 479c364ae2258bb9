/**
 * What the relay costs: processor time, memory and latency of 50, 200 and 400 real-time sessions on both engines, beside a
 * bare pass-through of the same sound. docs/adr/0006-benchmarks.md says how it is measured and how to read it.
 *
 * node scripts/uws-host.mjs tests/bench/relay.bench.ts [--quick] [--sessions 50,200,400] [--engines uws,ws]
 *   [--rounds 4] [--window 4] [--profile FOLDER]
 */
import { parseArgs } from 'node:util'
import { printReport, summarise } from './relay/report.ts'
import { measureFleetSize, type BenchPlan } from './relay/measure.ts'

const plan = parsePlan(process.argv.slice(2))
try {
  const results = []
  for (const sessions of plan.sessions) {
    console.error(`${sessions} sessions …`)
    results.push(...summarise(sessions, await measureFleetSize(sessions, plan)))
  }
  printReport(plan, results)
} catch (error) {
  // Frames that were lost, sessions that ended: most often a machine that does something else besides.
  console.error(`No figures: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

function parsePlan(argv: readonly string[]): BenchPlan {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      sessions: { type: 'string' },
      engines: { type: 'string', default: 'uws,ws' },
      rounds: { type: 'string' },
      window: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  const numbers = (text: string) => text.split(',').map(Number)
  return {
    sessions: numbers(values.sessions ?? (values.quick ? '4' : '50,200,400')),
    engines: values.engines.split(',').filter((engine) => engine !== ''),
    rounds: Number(values.rounds ?? (values.quick ? 1 : 4)),
    windowMs: Number(values.window ?? (values.quick ? 0.5 : 4)) * 1000,
    leadInMs: values.quick ? 200 : 1000,
    warmUpMs: values.quick ? 0 : 2000,
    ...(values.profile === undefined ? {} : { profileFolder: values.profile }),
  }
}
