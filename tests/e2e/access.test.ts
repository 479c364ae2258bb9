import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type AxeResults } from 'axe-core'
import { type Page } from 'playwright-core'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { EXTENSION_DIR } from '../support/browser.ts'
import { openBrowser } from '../support/conversation-stage.ts'
import { showState, SHOWN_STATES } from '../support/shown-states.ts'
import { translateExtension } from '../support/translated-extension.ts'

const NO_RELAY = 'http://127.0.0.1:9'
const PAGES = ['sidepanel', 'options', 'welcome', 'records'] as const
const APPEARANCES = [
  { colorScheme: 'light' },
  { colorScheme: 'dark' },
  { colorScheme: 'light', contrast: 'more' },
  { colorScheme: 'dark', forcedColors: 'active' },
] as const

let axe: string
beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
})

describe('for everybody', () => {
  it('axe finds nothing serious on any page, in any state, in any theme', async () => {
    const browser = await openBrowser({ relayUrl: NO_RELAY, microphonePermission: 'prompt' })
    const found: string[] = []
    for (const name of PAGES) {
      const page = await browser.openExtensionPage(`${name}.html`)
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      for (const appearance of APPEARANCES) {
        await page.emulateMedia({ reducedMotion: 'reduce', ...appearance })
        const where = `${name} ${JSON.stringify(appearance)}`
        if (name !== 'sidepanel') found.push(...(await seriousProblems(page, where)))
        else {
          for (const [state, shown] of Object.entries(SHOWN_STATES)) {
            await showState(page, shown)
            found.push(...(await seriousProblems(page, `${where} ${state}`)))
          }
        }
      }
      await page.close()
    }
    expect(found).toEqual([])
  })

  it('nothing is wider than a panel of 320 pixels, with the largest captions too', async () => {
    const browser = await openBrowser({ relayUrl: NO_RELAY, microphonePermission: 'prompt' })
    for (const name of PAGES) {
      const page = await browser.openExtensionPage(`${name}.html`)
      await page.setViewportSize({ width: 320, height: 600 })
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      if (name === 'sidepanel') {
        await page.locator('.side-panel').evaluate((panel) => panel.style.setProperty('--caption-scale', '1.75'))
        for (const shown of Object.values(SHOWN_STATES)) {
          await showState(page, shown)
          expect(await widest(page), name).toBeLessThanOrEqual(320)
        }
      } else expect(await widest(page), name).toBeLessThanOrEqual(320)
      await page.close()
    }
  })

  it.each(['de', 'pl', 'ar'])('long words and another direction fit as well: %s', async (locale) => {
    const extension = await translateExtension(EXTENSION_DIR, locale)
    onTestFinished(() => extension.dispose())
    const browser = await openBrowser({
      relayUrl: NO_RELAY,
      microphonePermission: 'prompt',
      extension: extension.path,
    })
    for (const name of PAGES) {
      const page = await browser.openExtensionPage(`${name}.html`)
      await page.setViewportSize({ width: 320, height: 600 })
      await page.getByRole('heading', { level: 1 }).first().waitFor()
      expect(await page.evaluate(() => document.documentElement.lang)).toBe(locale)
      expect(await page.evaluate(() => document.documentElement.dir)).toBe(locale === 'ar' ? 'rtl' : 'ltr')
      if (name === 'sidepanel') await showState(page, SHOWN_STATES['error']!)
      expect(await widest(page), `${locale} ${name}`).toBeLessThanOrEqual(320)
      await page.close()
    }
  })

  it('the panel can be worked by keyboard alone: the talk button has the focus, and Tab comes to everything', async () => {
    const browser = await openBrowser({ relayUrl: NO_RELAY, microphonePermission: 'prompt' })
    const panel = await browser.openExtensionPage('sidepanel.html')
    await showState(panel, SHOWN_STATES['listening']!)
    expect(await focused(panel)).toBe('Stop the conversation')
    const reached = new Set<string>()
    for (let press = 0; press < 40; press++) {
      await panel.keyboard.press('Tab')
      reached.add(await focused(panel))
    }
    const all = await panel.locator('button:visible:enabled, a[href]:visible, [tabindex="0"]:visible').all()
    const names = await Promise.all(all.map((element) => element.evaluate(nameOf)))
    expect(names.length).toBeGreaterThan(5)
    expect(names.filter((name) => !reached.has(name))).toEqual([])
  })
})

/** @returns what axe calls serious or critical, a line each */
async function seriousProblems(page: Page, where: string): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${where}: ${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

/** How wide the page is, and all that stands in it, CSS pixels. */
async function widest(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth)
}

/** @returns empty when the focus has left the page, for the browser's own controls */
async function focused(page: Page): Promise<string> {
  const handle = await page.evaluateHandle(() => document.activeElement ?? document.body)
  return page
    .evaluate((element) => element === document.body, handle)
    .then((none) => (none ? '' : handle.evaluate(nameOf)))
}

function nameOf(element: Element): string {
  return element.getAttribute('aria-label') ?? element.textContent.trim()
}
