/**
 * What the relay costs: processor time, memory and latency of 50 and 300 real-time sessions on both engines, with a plain
 * and a TLS brain, beside a bare pass-through of the same sound; and how long a relay takes to start. docs/adr/0006-benchmarks.md says how it is measured and how to read it.
 *
 * node scripts/uws-host.mjs tests/bench/relay.bench.ts [--quick] [--sessions 50,300] [--engines uws,ws]
 *   [--upstreams plain,tls] [--rounds 3] [--window 2.5] [--starts 5] [--profile FOLDER]
 */
import { parseArgs } from 'node:util'
import { printReport, summarise } from './relay/report.ts'
import { measureFleetSize, type BenchPlan, type UpstreamKind } from './relay/measure.ts'
import { measureStarts } from './relay/start-time.ts'
import { WARM_UP_MS } from './relay/workload.ts'

const plan = parsePlan(process.argv.slice(2))
try {
  const results = []
  for (const sessions of plan.sessions)
    for (const upstream of plan.upstreams) {
      console.error(`${sessions} sessions, ${upstream} brain …`)
      results.push(...summarise(sessions, upstream, await measureFleetSize(sessions, upstream, plan)))
    }
  const starts =
    plan.starts === 0
      ? {}
      : { gemini: await measureStarts('gemini', plan.starts), local: await measureStarts('local', plan.starts) }
  printReport(plan, results, starts)
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
      upstreams: { type: 'string', default: 'plain,tls' },
      starts: { type: 'string' },
      rounds: { type: 'string' },
      window: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  const numbers = (text: string) => text.split(',').map(Number)
  return {
    sessions: numbers(values.sessions ?? (values.quick ? '4' : '50,300')),
    upstreams: values.upstreams.split(',').map(upstreamKind),
    engines: values.engines.split(',').filter((engine) => engine !== ''),
    starts: Number(values.starts ?? (values.quick ? 1 : 5)),
    rounds: Number(values.rounds ?? (values.quick ? 1 : 3)),
    windowMs: Number(values.window ?? (values.quick ? 0.5 : 2.5)) * 1000,
    leadInMs: values.quick ? 200 : 700,
    warmUpMs: values.quick ? 0 : WARM_UP_MS,
    ...(values.profile === undefined ? {} : { profileFolder: values.profile }),
  }
}

function upstreamKind(word: string): UpstreamKind {
  if (word === 'plain' || word === 'tls') return word
  throw new Error(`--upstreams knows plain and tls, not ${word}`)
}
