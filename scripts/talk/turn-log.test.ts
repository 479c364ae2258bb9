import { describe, expect, it } from 'vitest'
import { TurnLog } from './turn-log.ts'

describe('TurnLog', () => {
  it('follows the newest turn; a late end of an older one changes nothing', () => {
    const log = new TurnLog()
    log.observe({ type: 'turn.start', turn: 1 }, 10)
    log.observe({ type: 'turn.interrupted', turn: 1 }, 20)
    expect(log.state).toEqual({ name: 'interrupted', atMs: 20 })
    log.observe({ type: 'turn.start', turn: 2 }, 30)
    log.observe({ type: 'turn.complete', turn: 1, timings: {} }, 40)
    expect([log.newest, log.state]).toEqual([2, { name: 'running' }])
    log.observe({ type: 'turn.complete', turn: 2, timings: {} }, 50)
    expect(log.state).toEqual({ name: 'complete', atMs: 50 })
  })

  it('keeps the relay’s own sentence when there will be no answer', () => {
    const log = new TurnLog()
    log.observe({ type: 'error', code: 'bad_frame', message: 'odd', retryable: true, fatal: false }, 0)
    expect(log.fault).toBeUndefined()
    log.observe({ type: 'session.state', upstream: 'failed', reason: 'The key is wrong.' }, 0)
    expect(log.fault).toBe('The key is wrong.')
  })
})
