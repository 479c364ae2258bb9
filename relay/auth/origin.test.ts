import { describe, expect, it } from 'vitest'
import { extensionOrigins, isOriginAcceptable } from './origin.ts'

const ID = 'knfpaakmnadpbecgiplicddldlkfepni'
const origins = extensionOrigins([ID])

describe('isOriginAcceptable', () => {
  it('takes the extension and whoever sends none', () => {
    expect(isOriginAcceptable(origins, `chrome-extension://${ID}`)).toBe(true)
    expect(isOriginAcceptable(origins, undefined)).toBe(true)
  })

  it.each([
    '',
    'null',
    'https://example.com',
    'http://127.0.0.1:8787',
    `chrome-extension://${ID}/`,
    `chrome-extension://${ID.toUpperCase()}`,
    `chrome-extension://${ID}.evil.example`,
    `chrome-extension://a${ID}`,
    `https://${ID}`,
    `chrome-extension://${ID}, https://example.com`,
    ` chrome-extension://${ID}`,
  ])('refuses %j', (origin) => {
    expect(isOriginAcceptable(origins, origin)).toBe(false)
  })
})
