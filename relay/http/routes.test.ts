import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { relayInfoSchema } from '../../shared/protocol/relay-info.ts'
import { type ReadinessReason } from './health.ts'
import { INFO, ORIGIN, problemOf, stageRoutes as stage } from './routes-stage.ts'

describe('every route', () => {
  it('answers 421 under a name that is not the relay’s', async () => {
    const { ask } = stage()
    for (const path of ['/livez', '/readyz', '/v1/relay', '/v1/pair', '/v1/tickets', '/nowhere'])
      for (const host of ['evil.example', undefined]) {
        const response = await ask({ path, headers: { host } })
        expect((await problemOf(response)).code).toBe('wrong_host')
        expect(response.status).toBe(421)
      }
  })

  it('answers 403 to any other origin, unreadable for its page', async () => {
    const { ask } = stage()
    for (const origin of ['https://evil.example', 'null', `${ORIGIN}.evil`])
      for (const method of ['GET', 'OPTIONS']) {
        const response = await ask({ method, path: '/v1/relay', headers: { origin } })
        expect(response.status).toBe(403)
        expect(response.headers.get('access-control-allow-origin')).toBeNull()
        expect((await problemOf(response)).code).toBe('origin_not_allowed')
      }
  })

  it('may be read by the extension, and tells caches that it matters who asked', async () => {
    const { ask } = stage()
    for (const path of ['/livez', '/v1/relay', '/v1/tickets', '/nowhere']) {
      const response = await ask({ path, headers: { origin: ORIGIN } })
      expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN)
      expect(response.headers.get('vary')).toBe('Origin')
      const other = await ask({ path })
      expect(other.headers.get('access-control-allow-origin')).toBeNull()
      expect(other.headers.get('vary')).toBe('Origin')
    }
  })

  it('answers OPTIONS to the extension only', async () => {
    const { ask } = stage()
    const preflight = await ask({ method: 'OPTIONS', path: '/v1/tickets', headers: { origin: ORIGIN } })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
    expect((await ask({ method: 'OPTIONS', path: '/v1/tickets' })).status).toBe(403)
  })

  it('is 404 where there is none and 405 for another method', async () => {
    const { ask } = stage()
    for (const path of ['/', '/v1', '/v1/relay/', '/constructor', '/__proto__'])
      expect((await problemOf(await ask({ path }))).code).toBe('not_found')
    for (const [method, path] of [
      ['GET', '/v1/pair'],
      ['DELETE', '/v1/tickets'],
      ['POST', '/livez'],
      ['PUT', '/v1/relay'],
    ] as const) {
      const response = await ask({ method, path })
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toMatch(/GET|POST/)
      expect((await problemOf(response)).detail).toContain(method)
    }
  })
})

describe('health', () => {
  it('is alive, and ready when nothing speaks against it', async () => {
    const { ask } = stage()
    expect(await (await ask({ path: '/livez' })).json()).toEqual({ status: 'ok' })
    expect((await ask({ path: '/readyz' })).status).toBe(200)
    expect((await ask({ method: 'HEAD', path: '/readyz' })).status).toBe(200)
  })

  it('is alive but not ready while it drains', async () => {
    const reasons: ReadinessReason[] = ['draining', 'upstream']
    const { ask } = stage({ readiness: () => Promise.resolve(reasons) })
    expect((await ask({ path: '/livez' })).status).toBe(200)
    const response = await ask({ path: '/readyz' })
    expect(response.status).toBe(503)
    expect(await response.clone().json()).toMatchObject({ reasons })
    expect((await problemOf(response)).detail).toContain('it is restarting, the brain does not answer')
  })

  it('says who it is', async () => {
    const response = await stage().ask({ path: '/v1/relay?x=1' })
    expect(v.parse(relayInfoSchema, await response.json())).toEqual(INFO)
  })
})
