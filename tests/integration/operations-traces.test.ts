import { describe, expect, it } from 'vitest'
import { type OtlpSpan, startTraceCollector } from '../support/trace-collector.ts'
import { createLogger } from '../../relay/logger.ts'
import { type TurnReport } from '../../relay/tracing.ts'
import { createOtlpTracing } from '../../relay/tracing/otlp.ts'

function open(url: string) {
  const log: string[] = []
  const logger = createLogger('debug', { write: (line) => log.push(line) })
  return { tracing: createOtlpTracing({ url, version: '1', instance: 'i', brain: 'local', logger }), log }
}

function report(changes: Partial<TurnReport> = {}): TurnReport {
  const nowMs = performance.now()
  return {
    session: '6a0e4a4e-6a86-4f2f-9d8c-7f1df6d6cf10',
    turn: 3,
    marks: {
      speechEnd: nowMs - 900,
      inputFinal: nowMs - 700,
      firstAudioUpstream: nowMs - 250,
      firstAudioSent: nowMs - 248,
    },
    tools: [{ name: 'read_page', startMs: nowMs - 600, endMs: nowMs - 400 }],
    endMs: nowMs,
    ...changes,
  }
}

const milliseconds = (span: OtlpSpan) => (Number(span.endTimeUnixNano) - Number(span.startTimeUnixNano)) / 1e6

describe('traces by OTLP', () => {
  it('tell where the time of a turn went', async () => {
    const collector = await startTraceCollector()
    const { tracing } = open(collector.url)
    const traceId = tracing.turnCompleted(report({ usage: { promptTokens: 5 } }))
    await tracing.close()
    expect(collector.received.map(({ path }) => path)).toEqual(['/v1/traces'])
    const [turn, tool, relay] = ['turn', 'tool', 'relay'].map((name) =>
      collector.spans().find((span) => span.name === name)!,
    ) as [OtlpSpan, OtlpSpan, OtlpSpan]
    expect(new Set(collector.spans().map((span) => span.traceId))).toEqual(new Set([traceId]))
    expect(turn.events.map((event) => event.name)).toEqual([
      'speechEnd',
      'inputFinal',
      'firstAudioUpstream',
      'firstAudioSent',
    ])
    expect(milliseconds(turn)).toBeCloseTo(900, 0)
    expect(milliseconds(tool)).toBeCloseTo(200, 0)
    expect(milliseconds(relay)).toBeCloseTo(2, 0)
    expect([tool.parentSpanId, relay.parentSpanId]).toEqual([turn.spanId, turn.spanId])
    expect(Math.abs(Number(turn.endTimeUnixNano) / 1e6 - Date.now())).toBeLessThan(60_000)
    expect(turn.attributes.map(({ key }) => key)).toEqual(['aside.session', 'aside.turn', 'gen_ai.usage.input_tokens'])
    expect(collector.received[0]!.body).not.toContain('6a0e4a4e')
    expect(collector.received[0]!.body).toContain('"stringValue":"aside-relay"')
  })

  it('hold what there is of a turn that nobody spoke in, or that never sounded', async () => {
    const collector = await startTraceCollector()
    const { tracing } = open(collector.url)
    tracing.turnCompleted(report({ marks: {}, tools: [] }))
    const nowMs = performance.now()
    tracing.turnCompleted(report({ marks: { speechEnd: nowMs - 50 }, tools: [{ name: 'slow', startMs: nowMs - 40 }] }))
    await tracing.close()
    expect(collector.spans().map((span) => span.name)).toEqual(['turn', 'tool', 'turn'])
  })

  it('are dropped when the collector is away: one line in the log says so, and the end does not wait', async () => {
    const { tracing, log } = open('http://127.0.0.1:1')
    for (let turn = 0; turn < 5_000; turn++) expect(tracing.turnCompleted(report({ turn }))).toMatch(/^[0-9a-f]{32}$/)
    await tracing.close()
    expect(log.filter((line) => line.includes('could not be sent')).length).toBeLessThanOrEqual(1)
  })
})
