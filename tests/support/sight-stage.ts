import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { type Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { type Browser } from './browser.ts'
import { openBrowser, type StageOptions } from './conversation-stage.ts'
import { isRealtime } from './scripted-live-messages.ts'
import { type ScriptedCall } from './scripted-live.ts'
import { newTestRelay } from './test-relay.ts'

/** Colours of a page that mean something here, as CSS writes them. */
export const SECRET = '#ff00ff'
export const PUBLIC = '#00ffff'
export const BAR = '#0000ff'

export interface SightStage {
  readonly browser: Browser
  readonly tab: Page
  readonly panel: Page
  /** The brain's end: what it is sent is what left the browser. */
  readonly call: ScriptedCall
}

/** A conversation about a page, with a brain in the test's hands and the panel open. */
export async function openSightStage(url: string, options: Omit<StageOptions, 'relayUrl'> = {}): Promise<SightStage> {
  const { url: relayUrl, brain } = await newTestRelay()
  const browser = await openBrowser({ microphone: [{ silenceMs: 120_000 }], ...options, relayUrl })
  const tab = await browser.context.newPage()
  await tab.goto(url)
  await browser.clickIcon(tab)
  const panel = await browser.sidePanel()
  const call = await brain.call(0)
  await panel.getByText('Listening.').waitFor()
  return { browser, tab, panel, call }
}

/** Chooses one of the four in the menu of the eye. */
export async function share(panel: Page, source: string): Promise<void> {
  await panel.getByRole('button', { name: 'Show it something' }).click()
  await panel.getByRole('button', { name: new RegExp(`^${source}`) }).click()
}

/** Every picture the brain was sent, oldest first. */
export function picturesAt(call: ScriptedCall): readonly Buffer[] {
  return call.received.filter(isRealtime('video')).map((frame) => {
    const { video } = frame['realtimeInput'] as { readonly video: { readonly data: string } }
    return Buffer.from(video.data, 'base64')
  })
}

/** The first picture after the first `before`, as soon as the brain has it. */
export async function nextPicture(call: ScriptedCall, before: number): Promise<Buffer> {
  await call.waitForCount(isRealtime('video'), before + 1)
  return picturesAt(call)[before]!
}

export interface SeenPicture {
  readonly width: number
  readonly height: number
  /** Pixels that look like each of the colours asked for, fractions of the picture. */
  readonly share: Readonly<Record<string, number>>
  /** The colour in the middle of each half, `[r, g, b]`. */
  readonly left: readonly number[]
  readonly right: readonly number[]
  /** How much of the width a bar along the bottom takes, 0–1. */
  readonly bar: number
}

/** Looks at a JPEG with Chromium's own eyes. @param colours as `#rrggbb` */
export async function look(page: Page, jpeg: Buffer, colours = [SECRET, PUBLIC]): Promise<SeenPicture> {
  return page.evaluate(
    async ([data, wanted, barColour]) => {
      const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
      const picture = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }))
      const { width, height } = picture
      const canvas = new OffscreenCanvas(width, height).getContext('2d')!
      canvas.drawImage(picture, 0, 0)
      const pixels = canvas.getImageData(0, 0, width, height).data
      const at = (x: number, y: number) => [...pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 3)]
      const countAlike = (colour: string, from: number, to: number) => {
        const [r, g, b] = [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16)) as [
          number,
          number,
          number,
        ]
        let alike = 0
        for (let index = from * 4; index < to * 4; index += 4) {
          const red = Math.abs(pixels[index]! - r)
          if (red + Math.abs(pixels[index + 1]! - g) + Math.abs(pixels[index + 2]! - b) < 200) alike++
        }
        return alike
      }
      const whole = width * height
      const share = Object.fromEntries(wanted.map((colour) => [colour, countAlike(colour, 0, whole) / whole]))
      const lastRow = (height - 5) * width
      const bar = countAlike(barColour, lastRow, lastRow + width) / width
      const middle = Math.floor(height / 2)
      return {
        width,
        height,
        share,
        bar,
        left: at(Math.floor(width / 4), middle),
        right: at(Math.floor((width * 3) / 4), middle),
      }
    },
    [jpeg.toString('base64'), colours, BAR] as const,
  )
}

/**
 * Serves pages by their path on a free loopback port, until the test ends.
 *
 * @returns the origins of two sites: `127.0.0.1` and `localhost` are different ones
 */
export async function servePages(pages: Readonly<Record<string, string>>): Promise<{ site: string; other: string }> {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo
    const page = pages[request.url ?? '']?.replaceAll('PORT', String(port))
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' })
    response.end(page === undefined ? 'not found' : `<!doctype html><meta charset="utf-8">${page}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { site: `http://127.0.0.1:${port}`, other: `http://localhost:${port}` }
}
