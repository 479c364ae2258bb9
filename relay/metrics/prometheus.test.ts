import { describe, expect, it } from 'vitest'
import { createPrometheus } from './prometheus.ts'

const BUILD = { version: '1.2.3', engine: 'ws', brain: 'local' }

/** Values by name and labels, as a scraper reads them. */
async function scrape(prometheus: ReturnType<typeof createPrometheus>): Promise<ReadonlyMap<string, number>> {
  const lines = (await prometheus.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

describe('Prometheus', () => {
  it('counts sockets and conversations, those without a client too', async () => {
    const prometheus = createPrometheus(BUILD)
    const { metrics } = prometheus
    metrics.observe(() => ({ outboxBytes: 10, uplinkBytes: 3, sessions: 3 }))
    metrics.observe(() => ({ outboxBytes: 5, uplinkBytes: 4, sessions: 0 }))
    for (let socket = 0; socket < 3; socket++) metrics.socketOpened()
    metrics.socketClosed(1006)
    metrics.socketClosed(3333)
    metrics.sessionAttached('new')
    metrics.sessionAttached('resumed')
    metrics.sessionDetached()
    metrics.sessionReady('resumed', 4)
    const values = await scrape(prometheus)
    expect(values.get('aside_sockets')).toBe(1)
    expect(values.get('aside_sockets_opened_total')).toBe(3)
    expect(values.get('aside_sockets_closed_total{code="1006"}')).toBe(1)
    expect(values.get('aside_sockets_closed_total{code="other"}')).toBe(1)
    expect(values.get('aside_sessions_active')).toBe(1)
    expect(values.get('aside_sessions_held')).toBe(3)
    expect(values.get('aside_sessions_detached')).toBe(2)
    expect(values.get('aside_outbox_bytes')).toBe(15)
    expect(values.get('aside_uplink_bytes')).toBe(7)
    expect(values.get('aside_session_ready_seconds_bucket{le="0.005",how="resumed"}')).toBe(1)
  })

  it('takes the marks of a turn in seconds, and only those it has', async () => {
    const prometheus = createPrometheus(BUILD)
    const { metrics } = prometheus
    metrics.turnCompleted({ speechEnd: 0, inputFinal: 100, firstAudioUpstream: 700, firstAudioSent: 704 })
    metrics.turnCompleted({})
    const values = await scrape(prometheus)
    expect(values.get('aside_turns_total')).toBe(2)
    expect(values.get('aside_turn_first_audio_upstream_seconds_sum')).toBe(0.7)
    expect(values.get('aside_turn_first_audio_sent_seconds_count')).toBe(1)
    expect(values.get('aside_turn_relay_added_seconds_bucket{le="0.005"}')).toBe(1)
    expect(values.get('aside_turn_relay_added_seconds_bucket{le="0.002"}')).toBe(0)
  })

  it('never grows with what others choose', async () => {
    const prometheus = createPrometheus(BUILD)
    const { metrics } = prometheus
    for (let index = 0; index < 5_000; index++) {
      metrics.errorTold(`code_${index}`)
      metrics.errorTold(`What did ${index} say?`)
      metrics.limited(`limit_${index}`)
      metrics.storeAsked(`operation_${index}`, index % 2 === 0, 1)
      metrics.socketClosed(index)
      metrics.upstreamClosed(index)
    }
    const names = [...(await scrape(prometheus)).keys()]
    expect(names.filter((name) => name.startsWith('aside_errors_total')).length).toBeLessThanOrEqual(65)
    expect(names.filter((name) => name.startsWith('aside_')).length).toBeLessThan(2_500)
    expect(names.join('\n')).not.toMatch(/What did/)
  })

  it('follows the naming conventions: counters end in _total, times are seconds, everything has a help text', async () => {
    const text = await createPrometheus(BUILD).text()
    const types = [...text.matchAll(/^# TYPE (aside_\S+) (\w+)$/gm)].map(([, name, type]) => ({ name: name!, type }))
    expect(types.length).toBeGreaterThan(15)
    for (const { name, type } of types) {
      expect(name.endsWith('_total')).toBe(type === 'counter')
      if (type === 'histogram') expect(name).toMatch(/_seconds$/)
      expect(text).toMatch(new RegExp(`^# HELP ${name} [A-Z].*\\.$`, 'm'))
    }
    expect(text).toContain('aside_build_info{version="1.2.3",engine="ws",brain="local"} 1')
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds')
    expect(text).toContain('process_resident_memory_bytes')
  })

  it('holds the process’s own figures once, however many relays it holds', async () => {
    createPrometheus(BUILD)
    const text = await createPrometheus(BUILD).text()
    expect(text.match(/^# TYPE process_resident_memory_bytes /gm)).toHaveLength(1)
  })
})
