import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../logger.ts'
import { createMemoryStore } from '../store/memory-store.ts'
import { StoreError, type Json } from '../store/key-value.ts'
import { ME, ORIGIN, stageRoutes } from './routes-stage.ts'

const SILENT = createLogger('silent', { write: () => undefined })
const NOON = Date.UTC(2020, 0, 1, 12)

/** The routes, asked by the user `local` unless told, over a store with whatever was said. */
async function stage() {
  const store = createMemoryStore({ logger: SILENT })
  const routes = stageRoutes({}, store)
  const authorization = await bearerOf(routes)
  const ask = (path: string, method = 'GET', headers: Record<string, string> = { authorization }) =>
    routes.ask({ path, method, headers })
  const json = async (path: string) => (await (await ask(path)).json()) as Record<string, unknown>
  async function talk(texts: readonly string[], lastAt = NOON, owner = ME.user.id): Promise<string> {
    const id = randomUUID()
    await store.journal.create({ id, owner, holder: 'here', leaseMs: 60_000, state: null })
    for (const [index, text] of texts.entries()) {
      const at = new Date(lastAt - (texts.length - 1 - index) * 1000).toISOString()
      const role = index % 2 === 0 ? 'user' : 'assistant'
      await store.journal.append(id, 1, { seq: index + 1, turn: index + 1, role, text, at })
    }
    return id
  }
  const told: Json[] = []
  store.bus.subscribe('deleted', (message) => told.push(message))
  return { store, ask, json, talk, told }
}

async function bearerOf({ pair }: ReturnType<typeof stageRoutes>): Promise<string> {
  const paired = (await (await pair()).json()) as { readonly accessToken: string }
  return `Bearer ${paired.accessToken}`
}

const PATHS = [
  ['GET', '/v1/conversations'],
  ['GET', `/v1/conversations/${randomUUID()}`],
  ['DELETE', `/v1/conversations/${randomUUID()}`],
  ['DELETE', '/v1/me/data'],
  ['GET', '/v1/usage'],
] as const

describe('what is kept of a user', () => {
  it.each(PATHS)('is nobody else’s business: %s %s', async (method, path) => {
    const { ask } = await stage()
    for (const headers of [{}, { authorization: 'Bearer abc.def.ghi' }]) {
      const response = await ask(path, method, headers)
      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ code: 'not_authorised' })
    }
  })

  it('may be asked for and deleted from the extension', async () => {
    const { ask } = await stage()
    const response = await ask(`/v1/conversations/${randomUUID()}`, 'OPTIONS', { origin: ORIGIN })
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, DELETE')
    expect((await ask('/v1/conversations/a/b')).status).toBe(404)
    expect((await ask('/v1/conversations/')).status).toBe(404)
    const refused = await ask('/v1/me/data', 'PUT')
    expect(refused.status).toBe(405)
    expect(refused.headers.get('allow')).toBe('DELETE, OPTIONS')
  })
})

describe('GET /v1/conversations', () => {
  it('lists what the user said, newest first', async () => {
    const { json, talk } = await stage()
    const old = await talk(['Old one.'], NOON)
    const recent = await talk(['What do bees do?', 'They sleep.'], NOON + 5000)
    await talk([])
    await talk(['Of somebody else.'], NOON, 'other')
    expect(await json('/v1/conversations')).toEqual({
      conversations: [
        {
          id: recent,
          startedAt: expect.any(String) as string,
          lastActiveAt: new Date(NOON + 5000).toISOString(),
          title: 'What do bees do?',
          entries: 2,
        },
        expect.objectContaining({ id: old, entries: 1 }) as object,
      ],
    })
  })

  it('searches', async () => {
    const { json, talk } = await stage()
    const bees = await talk(['What do Bees do in winter?'])
    await talk(['What do wasps do?'], NOON + 1)
    await talk(['My bees.'], NOON, 'other')
    expect(await json('/v1/conversations?q=WINTER+bees')).toMatchObject({ conversations: [{ id: bees }] })
    expect(await json('/v1/conversations?q=nothing')).toEqual({ conversations: [] })
  })

  it('goes on where a page ended', async () => {
    const { json, talk } = await stage()
    const ids: string[] = []
    for (let index = 0; index < 5; index++) ids.unshift(await talk(['Hello.'], NOON + index))
    const seen: string[] = []
    let path = '/v1/conversations?limit=2'
    for (let page = 0; page < 3; page++) {
      const { conversations, next } = (await json(path)) as { conversations: { id: string }[]; next?: string }
      seen.push(...conversations.map(({ id }) => id))
      expect(typeof next).toBe(page < 2 ? 'string' : 'undefined')
      path = `/v1/conversations?limit=2&before=${next}`
    }
    expect(seen).toEqual(ids)
  })

  it.each(['limit=0', 'limit=101', 'limit=x', 'limit=-1', 'before=yesterday', `q=${'x'.repeat(201)}`])(
    'refuses %s with a sentence',
    async (query) => {
      const { ask } = await stage()
      const response = await ask(`/v1/conversations?${query}`)
      expect(response.status).toBe(400)
      const [name = ''] = query.split('=')
      expect(await response.json()).toMatchObject({
        code: 'bad_request',
        detail: expect.stringContaining(name) as string,
      })
    },
  )
})

describe('GET /v1/conversations/:id', () => {
  it('tells all that was said, in pages', async () => {
    const { json, talk } = await stage()
    const id = await talk(Array.from({ length: 700 }, (_, index) => `Entry ${index + 1}.`))
    const first = (await json(`/v1/conversations/${id}`)) as { entries: unknown[]; next?: number }
    expect(first).toMatchObject({ conversation: { id, title: 'Entry 1.', entries: 700 }, next: 500 })
    const rest = (await json(`/v1/conversations/${id.toUpperCase()}?after=500`)) as typeof first
    expect(rest.next).toBeUndefined()
    expect([...first.entries, ...rest.entries]).toMatchObject(
      Array.from({ length: 700 }, (_, index) => ({ seq: index + 1, text: `Entry ${index + 1}.` })),
    )
  })

  it('is a file of Markdown for people', async () => {
    const { ask, talk } = await stage()
    const id = await talk(['# What *is* <b>this</b>?', 'A [test](javascript:x).'])
    const response = await ask(`/v1/conversations/${id}?format=markdown`)
    expect(response.headers.get('content-type')).toBe('text/markdown; charset=utf-8')
    expect(response.headers.get('content-disposition')).toContain('attachment')
    expect(await response.text()).toBe(
      [
        '# \\# What \\*is\\* \\<b\\>this\\</b\\>?',
        '2020-01-01 11:59:59 UTC',
        '**You** (2020-01-01 11:59:59 UTC)',
        '\\# What \\*is\\* \\<b\\>this\\</b\\>?',
        '**Aside** (2020-01-01 12:00:00 UTC)',
        'A \\[test\\](javascript:x).\n',
      ].join('\n\n'),
    )
  })

  it('looks the same for what is not there, not yours and no id', async () => {
    const { ask, talk, store } = await stage()
    const others = await talk(['Secret.'], NOON, 'other')
    const bodies = new Set<string>()
    for (const method of ['GET', 'DELETE']) {
      for (const id of [others, randomUUID(), 'x', '%00', '%E0%A4%A', '{}', '..%2f..']) {
        const response = await ask(`/v1/conversations/${id}`, method)
        expect(response.status).toBe(404)
        const { requestId: _, ...problem } = (await response.json()) as Record<string, unknown>
        bodies.add(JSON.stringify(problem))
      }
    }
    expect(bodies.size).toBe(1)
    expect(await store.journal.latest(others, 5)).toHaveLength(1)
  })
})

describe('deleting', () => {
  it('takes one conversation, and tells every instance', async () => {
    const { ask, talk, told, store } = await stage()
    const [id, other] = [await talk(['One.']), await talk(['Two.'])]
    expect((await ask(`/v1/conversations/${id}`, 'DELETE')).status).toBe(204)
    expect((await ask(`/v1/conversations/${id}`, 'DELETE')).status).toBe(404)
    expect(await store.journal.look(id, ME.user.id)).toBeUndefined()
    expect(await store.journal.look(other, ME.user.id)).toBeDefined()
    expect(told).toEqual([{ id }])
  })

  it('takes everything of the user and nothing of others; the device stays paired', async () => {
    const { ask, talk, told, store } = await stage()
    const mine = [await talk(['One.']), await talk([])]
    const others = await talk(['Other.'], NOON, 'other')
    const day = new Date().toISOString().slice(0, 10)
    await store.journal.addUp(ME.user.id, day, { frames: 3 }, 60_000)
    expect((await ask('/v1/me/data', 'DELETE')).status).toBe(204)
    expect(told).toEqual(mine.map((id) => ({ id })))
    expect(await store.journal.latest(others, 1)).toHaveLength(1)
    const usage = await ask('/v1/usage')
    expect(usage.status).toBe(200)
    expect(await usage.json()).toMatchObject({ frames: 0 })
  })

  it('is done although nobody could be told, and is not said to be done when it is not', async () => {
    const { ask, talk, store } = await stage()
    const id = await talk(['One.'])
    store.bus.publish = () => Promise.reject(new StoreError('away'))
    expect((await ask(`/v1/conversations/${id}`, 'DELETE')).status).toBe(204)
    const other = await talk(['Two.'])
    store.journal.delete = () => Promise.reject(new StoreError('away'))
    store.journal.deleteAll = () => Promise.reject(new StoreError('away'))
    for (const path of [`/v1/conversations/${other}`, '/v1/me/data']) {
      const response = await ask(path, 'DELETE')
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toBeTruthy()
      expect(await response.json()).toMatchObject({ code: 'store_unavailable' })
    }
  })
})

describe('GET /v1/usage', () => {
  it('tells what was used today, and what there is for a day', async () => {
    const store = createMemoryStore({ logger: SILENT })
    const routes = stageRoutes({ dailyLimits: { minutes: 60 } }, store)
    const authorization = await bearerOf(routes)
    const day = new Date().toISOString().slice(0, 10)
    const used = { microphoneMs: 90_000, speechMs: 30_000, frames: 4, audioIn: 700, audioOut: 90, spend: 0.123_456 }
    await store.journal.addUp(ME.user.id, day, used, 60_000)
    await store.journal.addUp('other', day, { frames: 9 }, 60_000)
    const response = await routes.ask({ path: '/v1/usage', headers: { authorization } })
    expect(await response.json()).toEqual({
      day,
      minutes: 2,
      tokens: { textIn: 0, audioIn: 700, imageIn: 0, textOut: 0, audioOut: 90 },
      frames: 4,
      spend: 0.1235,
      limits: { minutes: 60 },
      resetsAt: new Date(Date.parse(day) + 86_400_000).toISOString(),
    })
  })
})
