import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { runScript } from '../support/script-process.ts'

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0))
const times = v.object({ count: positive, p50: positive, p95: positive, p99: positive, max: positive })
const kept = { lost: v.literal(0), doubled: v.literal(0), other: v.strictObject({}) }

const reconnect = v.object({
  bench: v.literal('reconnect'),
  drops: v.pipe(v.number(), v.minValue(9)),
  reconnectMs: times,
  withoutWaitMs: times,
  relayResume: v.object({ count: v.pipe(v.number(), v.minValue(9)), meanMs: positive, within5Ms: v.number() }),
  ...kept,
})

const failover = v.object({
  bench: v.literal('failover'),
  kills: v.literal(1),
  interruptionMs: times,
  reconnectMs: times,
  ...kept,
})

const soak = v.object({
  bench: v.literal('soak'),
  sessions: positive,
  rssSlopeKbPerMinute: v.number(),
  leftOver: v.strictObject({}),
})

describe.each([
  { name: 'reconnect', report: reconnect },
  { name: 'failover', report: failover },
  { name: 'soak', report: soak },
])('npm run bench -- $name', ({ name, report }) => {
  it('loses nothing, and ends with one JSON object', { timeout: 120_000 }, async () => {
    const bench = ['scripts/uws-host.mjs', `tests/bench/${name}.bench.ts`, '--quick']
    const { code, stdout, stderr } = await runScript(bench)
    expect(code, stderr).toBe(0)
    v.parse(report, JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''))
  })
})
