import { describe, expect, it } from 'vitest'
import { changeSettings, readSettings } from '../settings/settings.ts'
import { isExcluded, isExcludedPage } from './excluded-sites.ts'

describe('isExcluded', () => {
  it.each([
    ['https://bank.example/', true],
    ['http://bank.example:8443/login?next=1', true],
    ['https://www.BANK.example/', true],
    ['https://a.b.bank.example./', true],
    ['https://mybank.example/', false],
    ['https://bank.example.evil.example/', false],
    ['https://evil.example/bank.example', false],
    ['https://bank.example@evil.example/', false],
    ['about:blank', false],
    ['not an address', false],
  ])('%s: %s', (url, excluded) => {
    expect(isExcluded(url, ['bank.example'])).toBe(excluded)
  })

  it('takes a site as people write it', () => {
    expect(isExcluded('https://www.bank.example/', ['*.Bank.example '])).toBe(true)
  })

  it('excludes nothing by an empty entry', () => {
    expect(isExcluded('https://example.org/', ['', '.'])).toBe(false)
    expect(isExcluded('file:///home/me/a.html', [''])).toBe(false)
  })
})

describe('isExcludedPage', () => {
  it('follows the settings', async () => {
    expect(await isExcludedPage('https://bank.example/')).toBe(false)
    const { sight } = await readSettings()
    await changeSettings({ sight: { ...sight, excludedSites: ['bank.example'] } })
    expect(await isExcludedPage('https://bank.example/')).toBe(true)
  })
})
