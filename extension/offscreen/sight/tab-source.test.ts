import { describe, expect, it } from 'vitest'
import { type Answer, type PageSnapshot } from '../../messaging/messages.ts'
import { TabSource } from './tab-source.ts'

const snapshot = (url: string): Answer<PageSnapshot> => ({
  ok: true,
  value: { dataUrl: 'data:,', tabId: 7, url, secrets: [], viewport: { width: 1, height: 1 } },
})
const refusal = (code: string): Answer<never> => ({ ok: false, code, message: '' })
const AREA = { x: 0.1, y: 0.1, width: 0.5, height: 0.5 }

/** A source whose tab shows what the test says. */
function tabThatShows(first: Answer<PageSnapshot>, request: { tabId?: number; area?: typeof AREA } = {}) {
  const tab = { now: first }
  const asked: object[] = []
  const background = {
    captureTab: (wanted: { tabId?: number }) => {
      asked.push(wanted)
      return Promise.resolve(tab.now)
    },
    checkTab: () => Promise.resolve(tab.now.ok ? { ok: true as const, value: { url: tab.now.value.url } } : tab.now),
  }
  return { tab, asked, source: new TabSource(background, { source: 'tab', ...request }) }
}

describe('TabSource', () => {
  it('asks for the tab it began with, and for no other', async () => {
    const { source, asked } = tabThatShows(snapshot('https://example.org/a'))
    await source.look()
    await source.look()
    expect(asked).toEqual([{}, { tabId: 7 }])
    const chosen = tabThatShows(snapshot('https://example.org/a'), { tabId: 4 })
    await chosen.source.look()
    expect(chosen.asked).toEqual([{ tabId: 4 }])
  })

  it('hands the part that was drawn to whoever cuts it out, together with what is to be covered', async () => {
    const { source } = tabThatShows(snapshot('https://example.org/a'), { area: AREA })
    expect(await source.look()).toMatchObject({ name: 'picture', picture: { area: AREA, secrets: [] } })
  })

  it.each(['look', 'check'] as const)('is over with the site that was shared, by %s too', async (how) => {
    const { source, tab } = tabThatShows(snapshot('https://example.org/a'), { tabId: 7 })
    await source.look()
    tab.now = snapshot('https://example.org/b')
    expect((await source.look()).name).toBe('picture')
    tab.now = snapshot('https://other.example/a')
    expect(await source[how]()).toEqual({ name: 'over', problem: 'site-changed' })
  })

  it.each([
    ['tab-not-in-front', { name: 'nothing', why: 'tab-not-in-front' }],
    ['page-changed', { name: 'nothing' }],
    ['tab-closed', { name: 'over' }],
    ['permission-needed', { name: 'over', problem: 'permission-needed' }],
    ['page-not-capturable', { name: 'over', problem: 'page-not-capturable' }],
    ['site-excluded', { name: 'over', problem: 'site-excluded' }],
    ['capture-failed', { name: 'failed' }],
    ['something new', { name: 'failed' }],
  ])('%s', async (code, look) => {
    const { source } = tabThatShows(refusal(code), { tabId: 7 })
    expect(await source.look()).toEqual(look)
    expect(await source.check()).toEqual(look)
  })
})
