import { describe, expect, it } from 'vitest'
import { Resumptions } from './resumption.ts'

const MODEL = 'models/gemini-3.8-live'
const HOUR_MS = 3_600_000

function storeWithClock() {
  const clock = { now: 1_000_000 }
  return { clock, store: new Resumptions(() => clock.now) }
}

describe('Resumptions', () => {
  it('gives back what was remembered when the handle was given out', () => {
    const { store } = storeWithClock()
    const first = store.save('s', { model: MODEL, entries: [{ role: 'user', text: 'one' }] })
    const second = store.save('s', { model: MODEL, entries: [] })
    expect(first).not.toBe(second)
    expect(store.find(first, MODEL)?.entries).toEqual([{ role: 'user', text: 'one' }])
    expect(store.find(second, MODEL)?.entries).toEqual([])
  })

  it('knows no other handles and no other models', () => {
    const { store } = storeWithClock()
    const handle = store.save('s', { model: MODEL, entries: [] })
    expect(store.find('guess', MODEL)).toBeUndefined()
    expect(store.find(handle, 'models/gemini-3.1-flash-live-preview')).toBeUndefined()
  })

  it('keeps a handle for two hours after the connection ended', () => {
    const { store, clock } = storeWithClock()
    const handle = store.save('s', { model: MODEL, entries: [] })
    const other = store.save('other', { model: MODEL, entries: [] })
    clock.now += HOUR_MS
    store.connectionEnded('s')
    clock.now += 1.5 * HOUR_MS
    expect(store.find(handle, MODEL)).toBeDefined()
    expect(store.find(other, MODEL)).toBeUndefined()
    clock.now += HOUR_MS
    expect(store.find(handle, MODEL)).toBeUndefined()
  })

  it('forgets the oldest of too many', () => {
    const { store } = storeWithClock()
    const first = store.save('s', { model: MODEL, entries: [] })
    const others = Array.from({ length: 5_000 }, () => store.save('s', { model: MODEL, entries: [] }))
    expect(store.find(first, MODEL)).toBeUndefined()
    expect(store.find(others.at(-1)!, MODEL)).toBeDefined()
  })
})
