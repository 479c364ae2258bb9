import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, type Page, type Worker, chromium } from 'playwright-core'

/** The id that the manifest's key gives the extension. */
export const EXTENSION_ID = 'knfpaakmnadpbecgiplicddldlkfepni'

export const EXTENSION_DIR = join(import.meta.dirname, '../../.output/chrome-mv3')
const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome-for-testing']

export interface BrowserOptions {
  /** Another folder than that of the build. */
  readonly extension?: string
  /** WAV file that Chromium plays once as the microphone, from the moment the microphone is opened. */
  readonly microphone?: string
  /**
   * Where the permission for the microphone stands: `granted` before, `accepted` as soon as a page asks, or `prompt`,
   * which a headless browser dismisses.
   */
  readonly microphonePermission?: 'granted' | 'accepted' | 'prompt'
  /** No capture device at all. */
  readonly withoutDevices?: boolean
  /** Y4M file that Chromium plays over and over as the camera; with it goes the permission for a camera. */
  readonly camera?: string
  /** Title of the tab that is chosen when a page asks for a screen: without a display there is no other. */
  readonly screen?: string
}

/** A Chromium with the built extension. */
export class Browser {
  readonly context: BrowserContext
  readonly #profile: string
  readonly #connections: { close(): Promise<void> }[] = []

  constructor(context: BrowserContext, profile: string) {
    this.context = context
    this.#profile = profile
  }

  /** The extension's service worker; started again when Chromium had stopped it. */
  async serviceWorker(): Promise<Worker> {
    return this.context.serviceWorkers()[0] ?? (await this.context.waitForEvent('serviceworker'))
  }

  /** Opens one of the extension's pages in a tab. */
  async openExtensionPage(path: string): Promise<Page> {
    const page = await this.context.newPage()
    await page.goto(`chrome-extension://${EXTENSION_ID}/${path}`)
    return page
  }

  /** Clicks the toolbar icon while `tab` is in front, as Chromium itself does it: it grants `activeTab` and opens the panel. */
  async clickIcon(tab: Page): Promise<void> {
    await tab.bringToFront()
    const session = await this.context.newCDPSession(tab)
    const { targetInfo } = await session.send('Target.getTargetInfo')
    const browser = this.context.browser()
    if (browser === null) throw new Error('the browser is gone')
    const cdp = await browser.newBrowserCDPSession()
    const { targetInfos } = await cdp.send('Target.getTargets', { filter: [{}] })
    const tabTarget = targetInfos.find((target) => target.type === 'tab' && target.url === targetInfo.url)
    if (tabTarget === undefined) throw new Error(`no tab target shows ${targetInfo.url}`)
    // Not in Playwright's protocol types yet.
    const send = cdp.send.bind(cdp) as (method: string, parameters: object) => Promise<unknown>
    await send('Extensions.triggerAction', { id: EXTENSION_ID, targetId: tabTarget.targetId })
    await cdp.detach()
    await session.detach()
  }

  /**
   * The real side panel as a page. Playwright does not list it, so a second connection over the debugging port does;
   * a connection sees only the panels that were open before it.
   */
  async sidePanel(): Promise<Page> {
    const port = (await readFile(join(this.#profile, 'DevToolsActivePort'), 'utf8')).split('\n')[0] ?? ''
    for (;;) {
      const connection = await chromium.connectOverCDP(`http://127.0.0.1:${port}`)
      const panel = connection
        .contexts()
        .flatMap((context) => context.pages())
        .find((page) => page.url().includes(`${EXTENSION_ID}/sidepanel.html`))
      if (panel !== undefined) {
        this.#connections.push(connection)
        return panel
      }
      await connection.close()
    }
  }

  /**
   * Stores settings as the options page would. Sound treatment is off: a recording must reach the recogniser as it is.
   */
  async storeSettings(settings: { readonly relayUrl: string; readonly keepTalking?: boolean }): Promise<void> {
    const worker = await this.serviceWorker()
    const microphone = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
    await worker.evaluate(
      async (stored) => {
        const { storage } = (
          globalThis as unknown as { chrome: { storage: { local: { set(items: object): Promise<void> } } } }
        ).chrome
        await storage.local.set({ settings: stored, settings$: { v: 2 } })
      },
      { keepTalking: false, ...settings, microphone },
    )
  }

  /** Changes what Chromium allows the extension, as its settings page does; holds until the browser ends or the next call. */
  async setPermission(name: 'microphone' | 'camera', setting: 'granted' | 'denied' | 'prompt'): Promise<void> {
    const browser = this.context.browser()
    if (browser === null) throw new Error('the browser is gone')
    const cdp = await browser.newBrowserCDPSession()
    const origin = `chrome-extension://${EXTENSION_ID}`
    // It holds as long as the session that said so is there.
    await cdp.send('Browser.setPermission', { permission: { name }, setting, origin })
  }

  /** Ends the browser and deletes its profile. */
  async close(): Promise<void> {
    for (const connection of this.#connections) await connection.close()
    await this.context.close()
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }

  /** Changes groups of the stored settings field by field, as the options page would; a running conversation hears of it. */
  async changeSettings(change: Readonly<Record<string, object>>): Promise<void> {
    const worker = await this.serviceWorker()
    await worker.evaluate(async (groups) => {
      type Stored = { settings?: Record<string, object> }
      const { storage } = (
        globalThis as unknown as {
          chrome: { storage: { local: { get(key: string): Promise<Stored>; set(items: Stored): Promise<void> } } }
        }
      ).chrome
      const { settings = {} } = await storage.local.get('settings')
      const changed = Object.entries(groups).map(([group, fields]) => [group, { ...settings[group], ...fields }])
      await storage.local.set({ settings: { ...settings, ...(Object.fromEntries(changed) as Record<string, object>) } })
    }, change)
  }

  /** Stops the extension's service worker at once, as Chromium does when it has been idle. */
  async stopServiceWorker(): Promise<void> {
    const page = await this.openExtensionPage('options.html')
    const session = await this.context.newCDPSession(page)
    await session.send('ServiceWorker.enable')
    await session.send('ServiceWorker.stopAllWorkers')
    await session.detach()
    await page.close()
  }

  /** Where Chromium's own debugging listens, for what Playwright has no word for; `http://127.0.0.1:PORT`. */
  async debuggingUrl(): Promise<string> {
    const port = (await readFile(join(this.#profile, 'DevToolsActivePort'), 'utf8')).split('\n')[0] ?? ''
    return `http://127.0.0.1:${port}`
  }
}

/** Starts Chromium with the built extension (`npm run build`) and waits for its service worker. */
export async function launchBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const executablePath = CHROMIUM_PATHS.find((path) => existsSync(path))
  if (executablePath === undefined) throw new Error('Chromium is missing: apt-get install chromium')
  if (!existsSync(EXTENSION_DIR)) throw new Error('The extension is not built: npm run build')
  const profile = await mkdtemp(join(tmpdir(), 'aside-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    // An emulated viewport would not be what Chromium captures.
    viewport: null,
    args: [
      ...launchArguments(options.extension ?? EXTENSION_DIR),
      ...deviceArguments(options),
      ...(options.microphonePermission === 'accepted' ? ['--auto-accept-camera-and-microphone-capture'] : []),
    ],
  })
  const granted = [
    ...((options.microphonePermission ?? 'granted') === 'granted' ? ['microphone'] : []),
    ...(options.camera === undefined ? [] : ['camera']),
  ]
  if (granted.length > 0) await context.grantPermissions(granted)
  const browser = new Browser(context, profile)
  await browser.serviceWorker()
  return browser
}

function launchArguments(extension: string): string[] {
  return [
    '--no-sandbox',
    '--window-size=1280,800',
    `--disable-extensions-except=${extension}`,
    `--load-extension=${extension}`,
    '--remote-debugging-port=0',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
}

function deviceArguments(options: BrowserOptions): string[] {
  const { withoutDevices, microphone, camera, screen } = options
  if (withoutDevices === true) return []
  return [
    '--use-fake-device-for-media-stream',
    ...(microphone === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphone}%noloop`]),
    ...(camera === undefined ? [] : [`--use-file-for-fake-video-capture=${camera}`]),
    ...(screen === undefined ? [] : [`--auto-select-tab-capture-source-by-title=${screen}`]),
  ]
}
