import { randomBytes } from 'node:crypto'
import { type Page } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createPairingCodes } from '../../relay/auth/pairing-code.ts'
import { openBrowser } from '../support/conversation-stage.ts'
import { openMemory } from '../support/open-stores.ts'
import { newTestRelay } from '../support/test-relay.ts'

describe('a relay that wants a code', () => {
  it('is paired with in the options, for this browser, until signing out', async () => {
    const { relayUrl, code } = await relayByCode('Ada')
    const browser = await openBrowser({ relayUrl })
    const options = await browser.openExtensionPage('options.html')
    await enter(options, 'AAAA-AAAA')
    await options.getByText('This code is mistyped').waitFor()
    await enter(options, code)
    await options.getByText('Signed in as Ada.').waitFor()
    expect(await options.getByLabel('Pairing code').count()).toBe(0)

    await browser.stopServiceWorker()
    await options.reload()
    await options.getByText('Signed in as Ada.').waitFor()

    await options.getByRole('button', { name: 'Sign out' }).click()
    await options.getByText('Signed out.').waitFor()
    await enter(options, code)
    await options.getByText('This code is mistyped').waitFor()
  })

  it('is not ready in the welcome tab before that', async () => {
    const { relayUrl, code } = await relayByCode('Ada')
    const browser = await openBrowser({ relayUrl })
    const welcome = await browser.openExtensionPage('welcome.html')
    const step = welcome.getByRole('listitem').filter({ hasText: 'Your relay' })
    await step.getByLabel('Pairing code').waitFor()
    expect(await step.getByText('To do').count()).toBe(1)
    await enter(welcome, code)
    await step.getByText('Signed in as Ada.').waitFor()
    await step.getByText('Done', { exact: true }).waitFor()
  })
})

async function enter(page: Page, code: string): Promise<void> {
  await page.getByLabel('Pairing code').fill(code)
  await page.getByRole('button', { name: 'Pair', exact: true }).click()
}

async function relayByCode(user: string): Promise<{ readonly relayUrl: string; readonly code: string }> {
  const secret = randomBytes(32).toString('hex')
  const stores = await openMemory()
  onTestFinished(() => stores.close())
  const { keyValue, journal } = stores.here
  const env = { ASIDE_PAIRING: 'code', ASIDE_SECRET: secret }
  const { url: relayUrl } = await newTestRelay({ env, deps: { store: stores.here } })
  const takeOnce = (key: string, ttlMs: number) => journal.takeOnce(key, ttlMs)
  const { code } = await createPairingCodes({ secrets: [secret], keyValue, takeOnce }).make(user, undefined)
  return { relayUrl, code }
}
