import { type Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { type Browser } from '../support/browser.ts'
import { filmRedAndBlue } from '../support/camera-film.ts'
import { untilTrue } from '../support/eventually.ts'
import { toolCall } from '../support/scripted-live-messages.ts'
import { FRAMED_PAGES, SECRET_PAGES } from '../support/secret-pages.ts'
import {
  look,
  nextPicture,
  openSightStage,
  picturesAt,
  PUBLIC,
  SECRET,
  type SeenPicture,
  servePages,
  share,
} from '../support/sight-stage.ts'

const RED = '#ff0000'
const GREEN = '#00ff00'
const YELLOW = '#ffff00'
const BLUE = '#0000ff'

/** Red at the left, green at the right, with a password across the middle and a yellow part below what is visible. */
const HALVES = `<title>Halves</title><style>
  body { margin: 0; height: 3000px; background: linear-gradient(${YELLOW}, ${YELLOW}) 0 1500px / 100% 100% no-repeat, linear-gradient(90deg, ${RED} 50%, ${GREEN} 50%) }
  input { position: fixed; left: 40%; top: 45%; width: 20%; height: 10%; background: ${SECRET}; color: ${SECRET}; border: 0 }
</style><input type="password" value="hunter2">`

describe('sight', () => {
  it('covers fields with secrets wherever they are, before anything leaves', { timeout: 240_000 }, async () => {
    const { site } = await servePages({ ...SECRET_PAGES, ...FRAMED_PAGES })
    const { browser, call, panel, tab } = await openSightStage(`${site}/password`)
    const paths = Object.keys(SECRET_PAGES)
    /** Every picture that left, as it was seen. */
    const seen: SeenPicture[] = []
    const seeNext = async () => {
      const picture = await look(panel, await nextPicture(call, seen.length))
      const path = paths[Math.round(picture.bar * (paths.length + 1)) - 1]
      expect(picture.share[SECRET], `picture ${seen.length}, of ${path}`).toBe(0)
      seen.push(picture)
      return { picture, path }
    }
    const visit = async (path: string) => {
      await tab.goto(site + path)
      for (;;) {
        const { picture, path: shown } = await seeNext()
        if (shown !== path) continue
        expect(picture.share[PUBLIC], `${path} shows what is no secret`).toBeGreaterThan(0.005)
        return
      }
    }
    await share(panel, 'This tab')
    for (const path of paths) await visit(path)

    // Dots that become letters for a moment: the field is a text field then, with nothing that says what it holds.
    await visit('/password')
    await tab.evaluate(() => {
      document.querySelector<HTMLInputElement>('[type=password]')!.type = 'text'
      document.body.append('The password is shown. '.repeat(20))
    })
    await seeNext()

    // Another size of the screen's pixels.
    for (const zoom of [1.5, 0.67]) {
      await zoomTo(browser, zoom)
      await visit('/frame-padded')
      await visit('/scrolled-box')
    }
  })

  it('shows exactly what is sent, and sends nothing that was not meant', async () => {
    const { site, other } = await servePages({
      '/halves': HALVES,
      '/elsewhere': `<body style="background: ${YELLOW}">`,
    })
    const stage = await openSightStage(`${site}/halves`)
    const { browser, call, panel, tab } = stage
    const previews = await recordPreviews(panel)
    await share(panel, 'This tab')
    await panel.getByText('It sees this tab. Password and card fields are covered.').waitFor()
    await nextPicture(call, 1)
    const shown = await previews()
    expect(shown.length).toBeGreaterThan(0)
    expect(shown).toEqual(
      picturesAt(call)
        .slice(0, shown.length)
        .map((jpeg) => jpeg.toString('base64')),
    )

    const inFront = await browser.context.newPage()
    await inFront.goto(`${site}/elsewhere`)
    await panel.getByText('Waiting: the shared tab is not in front.').waitFor()
    const before = picturesAt(call).length
    await inFront.waitForTimeout(2500)
    expect(picturesAt(call)).toHaveLength(before)
    await inFront.close()
    await tab.bringToFront()
    await panel.getByText('It sees this tab.').waitFor()
    await nextPicture(call, before)

    // A site that the person excluded is neither shown nor read, and nothing of it is told.
    await browser.changeSettings({ sight: { excludedSites: ['127.0.0.1'] } })
    await panel.getByText('You listed this site as never to be shown.').waitFor()
    const allowed = picturesAt(call).length
    await share(panel, 'This tab')
    call.send(toolCall({ id: 'call-1', name: 'read_page' }))
    const answer = JSON.stringify(await call.waitFor((frame) => 'toolResponse' in frame))
    expect(answer).toContain('never to be read or shown')
    expect(answer).not.toContain('Halves')
    await tab.evaluate(() => scrollTo(0, 100))
    await tab.waitForTimeout(2500)
    expect(picturesAt(call)).toHaveLength(allowed)
    await browser.changeSettings({ sight: { excludedSites: ['example.org'] } })
    await share(panel, 'This tab')
    await nextPicture(call, allowed)

    // Nor is another site in the same tab.
    await tab.goto(`${other}/elsewhere`)
    await panel.getByRole('alert').getByText('Chrome shows Aside a tab only').waitFor()
    for (const jpeg of picturesAt(call)) expect((await look(panel, jpeg, [YELLOW])).share[YELLOW]).toBe(0)
  })

  it('ends with the tab, and with the panel', async () => {
    const { site } = await servePages({ '/halves': HALVES })
    const { browser, call, panel, tab } = await openSightStage(`${site}/halves`, { keepTalking: true })
    await share(panel, 'This tab')
    await nextPicture(call, 0)
    await panel.close()
    await tab.waitForTimeout(500)
    const seen = picturesAt(call).length
    await tab.evaluate(() => scrollTo(0, 1500))
    await tab.waitForTimeout(2500)
    expect(picturesAt(call)).toHaveLength(seen)

    await browser.clickIcon(tab)
    const again = await browser.sidePanel()
    await share(again, 'This tab')
    await nextPicture(call, seen)
    await browser.context.newPage()
    await tab.close()
    await again.getByRole('button', { name: 'Stop showing' }).waitFor({ state: 'detached' })
    expect(await again.getByRole('alert').innerText()).toBe('')
  })

  it('shows the part of a page that was drawn, by mouse or by keyboard, and leaves the page as it was', async () => {
    const { site } = await servePages({ '/halves': HALVES })
    const { call, panel, tab } = await openSightStage(`${site}/halves`)
    const html = await tab.content()
    const { width, height } = await tab.evaluate(() => ({ width: innerWidth, height: innerHeight }))

    await share(panel, 'Part of this tab')
    await panel.getByText('Draw a frame on the page').waitFor()
    await tab.mouse.move(20, 20)
    await tab.mouse.down()
    await tab.mouse.move(width * 0.45, height * 0.9, { steps: 4 })
    await tab.mouse.up()
    const drawn = await look(panel, await nextPicture(call, 0), [RED, GREEN, SECRET])
    expect(drawn.width).toBeCloseTo(width * 0.45 - 20, -1)
    expect([drawn.left[0]! > 200, drawn.share[GREEN], drawn.share[SECRET]]).toEqual([true, 0, 0])
    expect(await tab.content()).toBe(html)
    // The frame stays where it is on the screen, whatever the page below it does.
    await tab.evaluate(() => scrollTo(0, 1600))
    expect((await look(panel, await nextPicture(call, 1), [YELLOW])).share[YELLOW]).toBeGreaterThan(0.9)
    await tab.evaluate(() => scrollTo(0, 0))

    await share(panel, 'Part of this tab')
    await panel.getByText('Draw a frame on the page').waitFor()
    await panel.keyboard.press('Escape')
    await panel.getByText('It sees this part of the tab.').waitFor()
    await panel.getByRole('button', { name: 'Stop showing' }).click()
    await share(panel, 'Part of this tab')
    await panel.getByText('Draw a frame on the page').waitFor()
    const before = picturesAt(call).length
    await panel.keyboard.press('ArrowLeft')
    await panel.keyboard.press('Enter')
    const typed = await look(panel, await nextPicture(call, before), [RED, GREEN, SECRET])
    expect(typed.width).toBeCloseTo(width / 2, -1)
    expect([typed.left[0]! > 200, typed.right[1]! > 200, typed.share[SECRET]]).toEqual([true, true, 0])
    expect(await tab.content()).toBe(html)
  })

  it('shows the camera as it is, and mirrors only the preview; shows a screen until it is gone', async () => {
    const { site } = await servePages({
      '/halves': HALVES,
      '/window': `<title>A window</title><body style="background: ${YELLOW}">`,
    })
    const camera = await filmRedAndBlue()
    const { browser, call, panel } = await openSightStage(`${site}/halves`, { camera, screen: 'A window' })
    await share(panel, 'Camera')
    await panel.getByText('It sees your camera’s picture. Nothing in it can be covered.').waitFor()
    const seen = await look(panel, await nextPicture(call, 0), [RED, BLUE])
    expect([seen.width, seen.height]).toEqual([640, 480])
    expect([seen.left[0]! > 180, seen.right[2]! > 180]).toEqual([true, true])
    const preview = panel.getByRole('img', { name: 'The picture as it was sent' })
    expect(await preview.evaluate((image) => getComputedStyle(image).transform)).toBe('matrix(-1, 0, 0, 1, 0, 0)')

    const shownWindow = await browser.context.newPage()
    await shownWindow.goto(`${site}/window`)
    const before = picturesAt(call).length
    await share(panel, 'Screen or window')
    await panel.getByText('It sees this screen or window. Nothing in it can be covered.').waitFor()
    await untilTrue(async () => {
      const newest = picturesAt(call).at(-1)!
      return picturesAt(call).length > before && (await look(panel, newest, [YELLOW])).share[YELLOW]! > 0.9
    })
    expect(await preview.evaluate((image) => getComputedStyle(image).transform)).toBe('none')
    await shownWindow.close()
    await panel.getByText('The screen is not shown any more.').waitFor()
  })

  it('looks only while the person speaks when they want it so, and as large as they want it', async () => {
    const { site } = await servePages({ '/halves': HALVES })
    const { browser, call, panel } = await openSightStage(`${site}/halves`, {
      microphone: [{ silenceMs: 12_000 }, 'what-do-you-see', { silenceMs: 60_000 }],
    })
    await browser.changeSettings({ sight: { pace: 'speaking', width: 400 } })
    await panel.getByRole('button', { name: 'Show it something' }).click()
    await panel.keyboard.press('Enter')
    await panel.getByText('Waiting until you speak.').waitFor()
    const first = await look(panel, await nextPicture(call, 0))
    expect(first.width).toBe(400)
    await panel.getByText('Waiting until you speak.').waitFor()
    await browser.changeSettings({ sight: { pace: 'changes', width: 320 } })
    expect((await look(panel, await nextPicture(call, picturesAt(call).length))).width).toBe(320)

    await share(panel, 'Camera')
    await panel.getByRole('button', { name: 'Allow the camera' }).waitFor()
  })
})

/** Listens to what the panel is shown from now on. @returns the pictures so far, base64 */
async function recordPreviews(panel: Page): Promise<() => Promise<string[]>> {
  await panel.evaluate(() => {
    const previews: string[] = []
    new BroadcastChannel('aside-voice').onmessage = ({ data }: MessageEvent<{ type: string; jpeg: ArrayBuffer }>) => {
      if (data.type !== 'preview') return
      previews.push(btoa([...new Uint8Array(data.jpeg)].map((byte) => String.fromCharCode(byte)).join('')))
    }
    Object.assign(globalThis, { previews })
  })
  return () => panel.evaluate(() => (globalThis as unknown as { previews: string[] }).previews)
}

/** Zooms the tab in front, as a person does with Ctrl and plus. */
async function zoomTo(browser: Browser, factor: number): Promise<void> {
  const worker = await browser.serviceWorker()
  await worker.evaluate(async (zoom) => {
    await (globalThis as unknown as { chrome: { tabs: { setZoom(zoom: number): Promise<void> } } }).chrome.tabs.setZoom(
      zoom,
    )
  }, factor)
}
