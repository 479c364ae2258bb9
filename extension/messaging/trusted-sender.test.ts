import { beforeEach, describe, expect, it } from 'vitest'
import { fakeBrowser } from 'wxt/testing/fake-browser'
import { isSentBy, type MessageOrigin } from './trusted-sender.ts'

const ID = 'abcdefghijklmnopabcdefghijklmnop'
const OWN = `chrome-extension://${ID}`

const sender = (path: string, change: MessageOrigin = {}): MessageOrigin => ({
  id: ID,
  origin: OWN,
  url: `${OWN}${path}`,
  ...change,
})

describe('isSentBy', () => {
  beforeEach(() => {
    Object.assign(fakeBrowser.runtime, { id: ID, getURL: (path: string) => `${OWN}${path}` })
  })

  it('lets through the pages it names, whatever stands behind their path', () => {
    expect(isSentBy(['sidepanel', 'welcome'], sender('/sidepanel.html'))).toBe(true)
    expect(isSentBy(['sidepanel', 'welcome'], sender('/welcome.html?step=2#microphone'))).toBe(true)
    expect(isSentBy(['offscreen'], sender('/offscreen.html'))).toBe(true)
  })

  it('lets through the service worker, for which Chrome names no origin', () => {
    expect(isSentBy(['background'], { id: ID, url: `${OWN}/background.js` })).toBe(true)
  })

  it.each<[string, MessageOrigin]>([
    ['another page of ours', sender('/options.html')],
    ['a content script of ours in a web page', { id: ID, origin: 'https://example.org', url: 'https://example.org/' }],
    [
      'a web page that names itself like ours',
      sender('', { origin: 'https://e.org', url: 'https://e.org/sidepanel.html' }),
    ],
    ['a page with our address and a foreign origin', sender('/sidepanel.html', { origin: 'https://example.org' })],
    ['another extension', sender('/sidepanel.html', { id: 'ponmlkjihgfedcbaponmlkjihgfedcba' })],
    [
      'another extension’s page',
      sender('', { url: 'chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba/sidepanel.html' }),
    ],
    ['somebody without an address', { id: ID, origin: OWN }],
    ['an address that is none', sender('', { url: '?' })],
  ])('refuses %s', (_who, from) => {
    expect(isSentBy(['sidepanel'], from)).toBe(false)
  })
})
