import { describe, expect, it } from 'vitest'
import { activePageOf, pageInitial, UNKNOWN_PAGE } from './active-page.ts'

describe('activePageOf', () => {
  it('knows a page of the web', () => {
    expect(
      activePageOf({ url: 'https://www.example.org/a', title: 'An article', favIconUrl: 'https://x/i.png' }),
    ).toEqual({
      access: 'open',
      title: 'An article',
      host: 'example.org',
      site: 'https://www.example.org/*',
      icon: undefined,
    })
  })

  it('says that nothing is known where Chrome tells nothing', () => {
    expect(activePageOf({})).toEqual(UNKNOWN_PAGE)
    expect(activePageOf({ title: 'A title alone' })).toEqual(UNKNOWN_PAGE)
  })

  it.each([
    'chrome://settings/',
    'about:blank',
    'chrome-extension://abc/options.html',
    'https://chromewebstore.google.com/',
  ])('knows that %s is closed', (url) => {
    expect(activePageOf({ url }).access).toBe('closed')
  })

  it('shows only icons that need not be fetched', () => {
    const icon = 'data:image/png;base64,AAAA'
    expect(activePageOf({ url: 'https://example.org', favIconUrl: icon }).icon).toBe(icon)
    expect(activePageOf({ url: 'https://example.org', favIconUrl: 'javascript:1' }).icon).toBeUndefined()
  })

  it('has a letter for every page', () => {
    expect(pageInitial(activePageOf({ url: 'https://www.example.org' }))).toBe('E')
    expect(pageInitial(activePageOf({ url: 'file:///home/a.txt', title: 'ärger.txt' }))).toBe('Ä')
    expect(pageInitial(UNKNOWN_PAGE)).toBe('·')
  })
})
