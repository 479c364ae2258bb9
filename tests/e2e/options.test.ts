import { readFile } from 'node:fs/promises'
import { type Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { openArticle, openBrowser, openStage } from '../support/conversation-stage.ts'
import { recogniseSpeech, wordErrorRate } from '../support/recognise.ts'
import { startSharedRelay } from '../support/relay-process.ts'
import { openSpeechTap } from '../support/tapped-speech.ts'

/** The relay with the local brain, as `npm start` runs it; one for the whole file. */
let relayUrl: string
beforeAll(async () => {
  relayUrl = await startSharedRelay()
})

describe('the options page', () => {
  it('lets a voice be heard that the brain itself speaks', async () => {
    const browser = await openBrowser({ relayUrl })
    const options = await browser.openExtensionPage('options.html#voice')
    const tap = await openSpeechTap(options)
    await section(options, 'Voice').getByRole('button', { name: 'Hear it' }).click()
    await options.getByText('That was Kore.').waitFor()
    const heard = await recogniseSpeech(await tap.hear())
    expect(wordErrorRate('Hello. This is how I sound when we talk.', heard), `heard “${heard}”`).toBeLessThan(0.3)
  })

  it('changes a conversation that is going on, and says from when on', async () => {
    const { browser, panel } = await openStage({ relayUrl, microphone: [{ silenceMs: 60_000 }] })
    await panel.getByText('Listening.').waitFor()
    const options = await browser.openExtensionPage('options.html#hearing')
    const hearing = section(options, 'Hearing')
    await choose(hearing, 'Patient')
    await hearing.getByText('Counts from the next pause on.').waitFor()
    expect(await hearing.getByRole('slider', { name: 'Pause that ends your turn' }).inputValue()).toBe('1500')
    await section(options, 'Privacy').getByRole('switch', { name: 'Temporary conversations' }).click()
    await section(options, 'Privacy').getByText('Counts from the next conversation on.').waitFor()
    await choose(section(options, 'Advanced'), 'Dark')
    await panel.locator('html[data-theme="dark"]').waitFor()
    await options.locator('html[data-theme="dark"]').waitFor()
  })

  it('keeps the settings in a file, and brings them back from it', async () => {
    const browser = await openBrowser({ relayUrl })
    const options = await browser.openExtensionPage('options.html#advanced')
    const advanced = section(options, 'Advanced')
    const patience = options.getByRole('slider', { name: 'Pause that ends your turn' })
    await choose(section(options, 'Hearing'), 'Very patient')
    const download = options.waitForEvent('download')
    await advanced.getByRole('button', { name: 'Export the settings' }).click()
    const file = await (await download).path()
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ kind: 'aside-settings', settings: { relayUrl } })

    await advanced.getByRole('button', { name: 'Reset the settings' }).click()
    await advanced.getByRole('button', { name: 'Reset', exact: true }).click()
    await advanced.getByText('Every setting is as it was at first.').waitFor()
    await expect.poll(() => patience.inputValue()).toBe('500')

    await advanced
      .getByLabel('Import settings')
      .setInputFiles({ name: 'other.json', mimeType: '', buffer: Buffer.from('{}') })
    await advanced.getByText('This is not a file of Aside’s settings. Nothing changed.').waitFor()
    await advanced.getByLabel('Import settings').setInputFiles(file)
    await advanced.getByText(/^Taken: Relay address, Pause that ends your turn/).waitFor()
    await expect.poll(() => patience.inputValue()).toBe('3000')

    await advanced.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => patience.inputValue()).toBe('500')
  })

  it('lists a site, and then nothing of it is shown', async () => {
    const browser = await openBrowser({ relayUrl, microphone: [{ silenceMs: 60_000 }] })
    const options = await browser.openExtensionPage('options.html#sight')
    const excluded = options.getByRole('group', { name: 'Excluded sites' })
    await list(options, 'file:///etc/hosts')
    await excluded.getByText('Only web sites can be listed').waitFor()
    await list(options, 'http://127.0.0.1:8080/mail')
    await excluded
      .getByRole('listitem')
      .filter({ hasText: /^127\.0\.0\.1/ })
      .waitFor()

    const tab = await openArticle(browser)
    await browser.clickIcon(tab)
    const panel = await browser.sidePanel()
    await panel.getByText('Listening.').waitFor()
    await panel.getByRole('button', { name: 'Show it something' }).click()
    await panel.getByRole('button', { name: /^This tab/ }).click()
    await panel.getByText('You listed this site as never to be shown.').waitFor()

    await options.bringToFront()
    await excluded.getByRole('button', { name: 'Remove 127.0.0.1' }).click()
    await excluded.getByText('No site is excluded.').waitFor()
  })

  it('offers what the relay’s model can do, and shortcuts as they are bound', async () => {
    const browser = await openBrowser({ relayUrl })
    const options = await browser.openExtensionPage('options.html')
    const voice = section(options, 'Voice')
    await voice.getByText('The model local has no setting for: Language').waitFor()
    expect(await voice.getByLabel('Language').count()).toBe(0)
    expect(await voice.getByLabel('Volume').count()).toBe(1)

    const bound = await options.evaluate(async () => {
      const { commands } = (
        globalThis as unknown as { chrome: { commands: { getAll(): Promise<{ shortcut: string }[]> } } }
      ).chrome
      return (await commands.getAll()).map(({ shortcut }) => shortcut)
    })
    const shortcuts = section(options, 'Shortcuts')
    for (const shortcut of bound.filter((keys) => keys !== ''))
      await shortcuts.getByText(shortcut, { exact: true }).waitFor()
    expect(await shortcuts.getByText('Not set').count()).toBe(bound.filter((keys) => keys === '').length)

    await options.getByLabel('Relay address').fill('http://127.0.0.1:9')
    await options.keyboard.press('Enter')
    await voice.getByText('The relay does not answer, so which models and voices it has is not known.').waitFor()
    await voice.getByLabel('Language').waitFor()
  })
})

function section(page: Page, title: string) {
  return page.getByRole('region', { name: title, exact: true })
}

/** Chooses one of a few: the words are what is clicked. */
async function choose(within: ReturnType<typeof section>, label: string): Promise<void> {
  await within.getByText(label, { exact: true }).click()
}

async function list(options: Page, site: string): Promise<void> {
  await options.getByLabel('Site to exclude').fill(site)
  await options.keyboard.press('Enter')
}
