import { describe, expect, it } from 'vitest'
import { LiveRoutes } from './live-routes.ts'

const down = { code: 1011, reason: 'The service is currently unavailable.' }

function stage(models: readonly [string, ...string[]] = ['first', 'second'], apiKeys = ['a', 'b']) {
  const clock = { nowMs: 0 }
  const routes = new LiveRoutes({ models, apiKeys, now: () => clock.nowMs })
  const fail = (model: string, callers = 5) => {
    for (let caller = 0; caller < callers; caller++) {
      const route = routes.choose([model])
      if (route !== undefined) routes.failed(route, 'service', `caller ${caller}`, 'setup', down)
    }
  }
  return { clock, routes, fail }
}

describe('the routes', () => {
  it('go to the first model that may be called, with the keys in turn', () => {
    const { routes, fail } = stage()
    expect(routes.choose(routes.models)).toMatchObject({ model: 'first', key: { value: 'a' } })
    fail('first')
    expect(routes.choose(routes.models)).toMatchObject({ model: 'second' })
  })

  it('end when every model or every key rests, and the relay is not ready then', () => {
    const { routes, fail, clock } = stage()
    fail('first')
    expect(routes.isReachable).toBe(true)
    fail('second')
    expect(routes.isReachable).toBe(false)
    expect(routes.choose(routes.models)).toBeUndefined()
    expect(routes.lastFailure).toEqual(down)
    clock.nowMs = 15_000
    expect(routes.isReachable).toBe(true)
    for (const isLast of [false, true]) {
      expect(routes.hasKey).toBe(true)
      const route = routes.choose([`wish ${isLast}`])!
      routes.failed(route, 'quota', 'me', 'setup', { code: 1011, reason: 'quota' })
    }
    expect([routes.hasKey, routes.isReachable]).toEqual([false, false])
  })

  it('blame no model for a bad request, a dead handle or a key', () => {
    const { routes } = stage(['first'])
    for (const cause of ['request', 'handle', 'model'] as const) {
      for (let caller = 0; caller < 20; caller++) {
        routes.failed(routes.choose(['first'])!, cause, `caller ${caller}`, 'setup', down)
      }
    }
    expect(routes.isReachable).toBe(true)
  })

  it('remember a bounded number of models that clients named', () => {
    const { routes, fail } = stage(['first'])
    fail('first')
    for (let name = 0; name < 200; name++) routes.choose([`wish ${name}`])
    expect(routes.choose(['first'])).toBeUndefined()
  })
})
