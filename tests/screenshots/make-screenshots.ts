/**
 * Draws docs/screenshots: every page in both themes, the panel in every state, the toolbar icon in every state.
 * `npm run screenshots` builds the extension first.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Page } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { showState, SHOWN_STATES } from '../support/shown-states.ts'
import { drawIconSheet } from './icon-sheet.ts'

const FOLDER = join(import.meta.dirname, '../../docs/screenshots')
const THEMES = ['light', 'dark'] as const
/** A side panel as wide as Chrome opens it. */
const PANEL = { width: 360, height: 640 }
const TAB = { width: 960, height: 720 }
const TABS = ['welcome', 'options', 'records'] as const

const browser = await launchBrowser({ microphonePermission: 'prompt' })
try {
  await mkdir(FOLDER, { recursive: true })
  await drawIconSheet(await browser.context.newPage(), join(FOLDER, 'icons.png'))
  const panel = await browser.openExtensionPage('sidepanel.html')
  await panel.setViewportSize(PANEL)
  for (const [name, state] of Object.entries(SHOWN_STATES)) {
    await showState(panel, state)
    await inBothThemes(panel, `panel-${name}`)
  }
  for (const name of TABS) {
    const tab = await browser.openExtensionPage(`${name}.html`)
    await tab.setViewportSize(TAB)
    await settled(tab)
    await inBothThemes(tab, name, { fullPage: true })
    await tab.close()
  }
} finally {
  await browser.close()
}

/** Waits until a page has read the settings and heard from the relay, or that there is none. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor()
  const address = page.getByRole('textbox', { name: 'Relay address' })
  while ((await address.count()) > 0 && (await address.inputValue()) === '') await page.waitForTimeout(50)
  await page
    .getByText(/Asking the relay/)
    .first()
    .waitFor({ state: 'hidden' })
}

async function inBothThemes(page: Page, name: string, options: { fullPage?: boolean } = {}): Promise<void> {
  for (const colorScheme of THEMES) {
    // The line moves while it listens; a picture of it must not differ from run to run.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.screenshot({ path: join(FOLDER, `${name}-${colorScheme}.png`), animations: 'disabled', ...options })
  }
}
