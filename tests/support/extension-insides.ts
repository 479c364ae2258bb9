import { once } from 'node:events'
import { chromium, type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { type Browser, EXTENSION_ID } from './browser.ts'

/** Every open side panel, the one of the window opened first at the front. */
export async function sidePanels(browser: Browser): Promise<readonly Page[]> {
  const connection = await chromium.connectOverCDP(await browser.debuggingUrl())
  onTestFinished(() => connection.close())
  const panels = connection
    .contexts()
    .flatMap((context) => context.pages())
    .filter((page) => page.url().includes(`${EXTENSION_ID}/sidepanel.html`))
  const windows = await Promise.all(panels.map(windowOf))
  return panels
    .map((panel, index) => ({ panel, window: windows[index] ?? 0 }))
    .sort((one, other) => one.window - other.window)
    .map(({ panel }) => panel)
}

/** Changes stored settings as the options page does: groups by their fields. */
export async function changeSettings(browser: Browser, change: Readonly<Record<string, unknown>>): Promise<void> {
  const worker = await browser.serviceWorker()
  await worker.evaluate(async (changed) => {
    const { storage } = (globalThis as unknown as { chrome: ChromeOfWorker }).chrome
    const { settings } = await storage.local.get('settings')
    const merged = Object.entries(changed).map(([name, value]): [string, unknown] => {
      const isGroup = typeof value === 'object' && value !== null
      return [name, isGroup ? { ...(settings[name] as object | undefined), ...value } : value]
    })
    await storage.local.set({ settings: { ...settings, ...Object.fromEntries(merged) } })
  }, change)
}

/** What the toolbar icon says under the pointer. */
export async function iconTitle(browser: Browser): Promise<string> {
  const worker = await browser.serviceWorker()
  return worker.evaluate(() => (globalThis as unknown as { chrome: ChromeOfWorker }).chrome.action.getTitle({}))
}

/** Runs something inside the offscreen document, which Playwright does not list. @returns what it gave, by value */
export async function inOffscreen(browser: Browser, expression: string): Promise<unknown> {
  const listed = await fetch(`${await browser.debuggingUrl()}/json/list`)
  const targets = (await listed.json()) as readonly { url: string; webSocketDebuggerUrl: string }[]
  const target = targets.find(({ url }) => url.includes(`${EXTENSION_ID}/offscreen.html`))
  if (target === undefined) throw new Error('there is no offscreen document')
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  await once(socket, 'open')
  const params = { expression, awaitPromise: true, returnByValue: true, userGesture: true }
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params }))
  const [answer] = (await once(socket, 'message')) as [Buffer]
  socket.close()
  const { result } = JSON.parse(answer.toString()) as {
    result: { result: { value?: unknown }; exceptionDetails?: { text: string } }
  }
  if (result.exceptionDetails !== undefined) throw new Error(JSON.stringify(result.exceptionDetails))
  return result.result.value
}

interface ChromeOfWorker {
  readonly storage: {
    readonly local: {
      get(key: string): Promise<{ settings: Record<string, unknown> }>
      set(items: object): Promise<void>
    }
  }
  readonly action: { getTitle(of: object): Promise<string> }
}

function windowOf(panel: Page): Promise<number> {
  return panel.evaluate(async () => {
    const { windows } = (globalThis as unknown as { chrome: { windows: { getCurrent(): Promise<{ id: number }> } } })
      .chrome
    return (await windows.getCurrent()).id
  })
}
