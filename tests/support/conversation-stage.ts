import { type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { serveExamplePage } from '../../scripts/setup/example-page.mjs'
import { type Browser, type BrowserOptions, launchBrowser } from './browser.ts'
import { type MicrophonePart, recordMicrophone } from './microphone-recording.ts'
import { openSpeechTap, type SpeechTap } from './tapped-speech.ts'

export interface StageOptions extends Omit<BrowserOptions, 'microphone'> {
  readonly relayUrl: string
  /** What the microphone hears from the moment it opens; silence after that. */
  readonly microphone?: readonly MicrophonePart[]
  readonly keepTalking?: boolean
}

/** A browser with an article in front, the side panel open by a click on the icon, and an ear at its speaker. */
export interface Stage {
  readonly browser: Browser
  readonly tab: Page
  readonly panel: Page
  readonly tap: SpeechTap
}

/** Starts a browser for one test; it is gone when the test ends. */
export async function openBrowser(options: StageOptions): Promise<Browser> {
  const { microphone, ...rest } = options
  const recording = microphone === undefined ? undefined : await recordMicrophone(microphone)
  const browser = await launchBrowser(recording === undefined ? rest : { ...rest, microphone: recording.path })
  onTestFinished(async () => {
    await browser.close()
    await recording?.dispose()
  })
  await browser.storeSettings({ relayUrl: options.relayUrl, keepTalking: options.keepTalking ?? false })
  return browser
}

/** Opens the article and clicks the icon: the conversation starts. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const browser = await openBrowser(options)
  const tab = await openArticle(browser)
  await browser.clickIcon(tab)
  const panel = await browser.sidePanel()
  const tap = await openSpeechTap(panel)
  return { browser, tab, panel, tap }
}

/** Opens an article served on loopback in a new tab. */
export async function openArticle(browser: Browser): Promise<Page> {
  const { url, close } = await serveExamplePage()
  onTestFinished(close)
  const tab = await browser.context.newPage()
  await tab.goto(url)
  return tab
}

/** Waits until the conversation in the panel holds `text`; says what it holds instead when that does not come. */
export async function waitForCaption(panel: Page, text: string | RegExp): Promise<void> {
  const log = panel.getByRole('log')
  try {
    await log.filter({ hasText: text }).waitFor({ timeout: 30_000 })
  } catch (error) {
    const shown = (await log.count()) === 0 ? 'nothing' : await log.innerText()
    throw new Error(`The panel shows no caption with ${String(text)}, but: ${shown}`, { cause: error })
  }
}

/** What the panel shows of one side's words in the first turn. */
export async function captionOf(panel: Page, side: 'user' | 'assistant'): Promise<string> {
  const caption = panel.getByRole('log').locator(`.${side}`).first()
  return (await caption.locator('span').allInnerTexts()).join(' ')
}
