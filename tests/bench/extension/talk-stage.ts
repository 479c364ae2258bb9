import { type Page } from 'playwright-core'
import { randomBytes } from 'node:crypto'
import { readConfig } from '../../../relay/config.ts'
import { createLogger } from '../../../relay/logger.ts'
import { createRelay } from '../../../relay/relay.ts'
import { serveExamplePage } from '../../../scripts/setup/example-page.mjs'
import { type Browser, launchBrowser } from '../../support/browser.ts'
import { type ScriptedCall, startScriptedLive } from '../../support/scripted-live.ts'
import { recordPulses } from './pulses.ts'
import { WireTap } from './wire-tap.ts'

/** Nobody is slowed down here. */
const PLENTY = 100_000
const RATES = { pair: PLENTY, tickets: PLENTY, token: PLENTY, previews: PLENTY, requests: PLENTY }

interface ClickWindow {
  asideClickedMs: number
}

/** The built extension with its side panel open, a real relay before it, and a brain that says what it is told to. */
export interface TalkStage {
  readonly browser: Browser
  readonly panel: Page
  readonly wire: WireTap
  /** Starts to talk. @returns when the button was clicked, and when the first microphone frame was at the relay, ms since 1970 */
  start(): Promise<{ readonly clickedMs: number; readonly heardMs: number }>
  /** Ends the conversation, and waits until nothing of it is under way. */
  stop(): Promise<void>
  /** The brain of the conversation that goes on. */
  brain(): Promise<ScriptedCall>
  close(): Promise<void>
}

/** Opens everything; nobody talks yet. */
export async function openTalkStage(): Promise<TalkStage> {
  const live = await startScriptedLive({ record: false })
  const config = readConfig({
    GEMINI_API_KEY: 'bench',
    ASIDE_LIVE_URL: live.url,
    ASIDE_PORT: '0',
    ASIDE_ADMIN_PORT: '0',
    ASIDE_STORE: 'memory:',
    ASIDE_MAX_SESSIONS: '1000',
    ASIDE_SECRET: randomBytes(32).toString('hex'),
  })
  if (!config.ok) throw new Error(config.problems.join('\n'))
  const relay = await createRelay(config.config, { logger: createLogger('warn', process.stderr), rates: RATES })
  const wire = new WireTap(relay.url)
  const relayUrl = await wire.listen()
  const [microphone, page] = await Promise.all([recordPulses(), serveExamplePage()])
  const browser = await launchBrowser({ microphone: microphone.path })
  await browser.storeSettings({ relayUrl })
  const tab = await browser.context.newPage()
  await tab.goto(page.url)
  await browser.clickIcon(tab)
  const panel = await browser.sidePanel()
  await panel.evaluate(() => {
    const note = (event: Event) => {
      const scope = globalThis as unknown as ClickWindow
      scope.asideClickedMs = performance.timeOrigin + event.timeStamp
    }
    document.addEventListener('pointerdown', note, { capture: true })
  })
  const button = panel.locator('[data-talk]')

  async function untilLive(): Promise<void> {
    await wire.until((passed) => passed.find((one) => 'message' in one && isLive(one.message)))
  }

  async function stop(): Promise<void> {
    await button.click()
    await panel.locator('[data-talk][data-state=idle]').waitFor()
  }

  // The click on the icon has begun a conversation.
  await untilLive()
  await stop()

  return {
    browser,
    panel,
    wire,
    start: async () => {
      wire.forget()
      await button.click()
      const heardMs = await wire.until(
        (passed) => passed.find(({ way, ...what }) => way === 'up' && 'frame' in what)?.atMs,
      )
      const clickedMs = await panel.evaluate(() => (globalThis as unknown as ClickWindow).asideClickedMs)
      await untilLive()
      return { clickedMs, heardMs }
    },
    stop,
    brain: () => live.call(live.calls.length - 1),
    close: async () => {
      await browser.close()
      page.close()
      wire.close()
      await relay.close()
      await live.close()
      await microphone.dispose()
    },
  }
}

function isLive(message: { readonly type: string; readonly upstream?: string }): boolean {
  return message.type === 'session.state' && message.upstream === 'live'
}
