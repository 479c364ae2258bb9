import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { runScript } from '../support/script-process.ts'

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0))
const finite = v.pipe(v.number(), v.finite())
const latency = v.object({
  frames: positive,
  p50Us: positive,
  p99Us: positive,
  addedP99Us: finite,
  bestP99Us: positive,
  maxUs: positive,
})

const report = v.object({
  bench: v.literal('relay'),
  results: v.array(
    v.object({
      sessions: v.literal(4),
      upstream: v.string(),
      variant: v.string(),
      cpuSecondsPerSessionMinute: positive,
      ratioToFloor: positive,
      normToFloor: positive,
      // Four sessions may fit into memory that the process had before.
      rssKbPerSession: finite,
      rssFullMb: positive,
      up: latency,
      down: latency,
    }),
  ),
  startMs: v.object({ gemini: positive, local: positive }),
})

describe('npm run bench -- relay', () => {
  it('measures the real relay beside the floor, loses no frame, and ends with one JSON object', async () => {
    const bench = ['scripts/uws-host.mjs', 'tests/bench/relay.bench.ts', '--quick', '--engines', 'ws']
    const { code, stdout, stderr } = await runScript(bench)
    expect(code, stderr).toBe(0)
    const { results } = v.parse(report, JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''))
    expect(results.map(({ upstream, variant }) => `${upstream} ${variant}`)).toEqual([
      'plain floor',
      'plain ws',
      'tls floor',
      'tls ws',
    ])
  })
})
