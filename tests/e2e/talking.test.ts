import { type Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Browser } from '../support/browser.ts'
import { captionOf, openArticle, openBrowser, waitForCaption } from '../support/conversation-stage.ts'
import { changeSettings, iconTitle, inOffscreen, sidePanels } from '../support/extension-insides.ts'
import { RECORDINGS } from '../support/fixtures.ts'
import { type MicrophonePart, recordMicrophone } from '../support/microphone-recording.ts'
import { wordErrorRate } from '../support/recognise.ts'
import { startSharedRelay } from '../support/relay-process.ts'

/** Half a minute when spoken: it can be stopped on the slowest machine. */
const LONG_ANSWER =
  'The old ferry leaves the harbour every morning at seven. It carries letters, bread and a few sleepy passengers. ' +
  'In winter the river freezes near the bank, and the captain has to wait until noon. ' +
  'In summer children wave from the bridge, and the whole deck is covered with flowers from the market.'

let relayUrl: string
beforeAll(async () => {
  relayUrl = await startSharedRelay()
})

describe('talking', () => {
  it('with hold-to-talk is heard only while Space is held; a short press ends it', async () => {
    const parts = [
      { silenceMs: 1500 },
      'what-is-this-page-about',
      { silenceMs: 5000 },
      'repeat-after-me',
      STILL,
    ] as const
    const browser = await openBrowser({ relayUrl, microphone: parts })
    await changeSettings(browser, { talk: { mode: 'hold' } })
    const { panel, tab, endsMs } = await begin(browser, parts)
    await panel.getByText('Hold the button or Space to talk.').waitFor()
    await beginAgain(browser, tab, panel)
    await panel.getByText('Hold the button or Space to talk.').waitFor()
    const readyAtMs = performance.now()
    expect(await panel.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Hold to talk')
    expect(await panel.getByTitle('Microphone on').count()).toBe(0)
    expect(await iconTitle(browser)).toBe('Aside · Hold to talk')
    await sleep((endsMs[0] ?? 0) + 1500 - (performance.now() - readyAtMs))
    await panel.keyboard.down('Space')
    await panel.getByText('Listening.').waitFor()
    expect(await panel.getByTitle('Microphone on').count()).toBe(1)
    await sleep((endsMs[1] ?? 0) + 1000 - (performance.now() - readyAtMs))
    await panel.keyboard.up('Space')

    // The recogniser may take one word for another; of the question before Space was held there is none.
    await waitForCaption(panel, /green|home|storm/i)
    const heard = await captionOf(panel, 'user')
    expect(wordErrorRate(RECORDINGS['repeat-after-me']!.text, heard), heard).toBeLessThan(0.3)
    expect(await panel.getByRole('log').innerText()).not.toMatch(/page about/i)
    await panel.getByText('Hold the button or Space to talk.').waitFor()
    await panel.getByRole('button', { name: 'Hold to talk', exact: true }).click()
    await panel.getByText('Ready when you are.').waitFor()
  })

  it('is not heard while muted, and Esc stops an answer', async () => {
    const parts = [
      { silenceMs: 4000 },
      'what-is-this-page-about',
      { silenceMs: 4000 },
      'what-time-is-it',
      STILL,
    ] as const
    const { panel, browser, tab, endsMs } = await beginOpen(parts)
    await panel.getByText('Listening.').waitFor()
    await beginAgain(browser, tab, panel)
    await panel.getByText('Listening.').waitFor()
    await panel.getByRole('button', { name: 'Mute the microphone' }).click()
    await panel.getByText('Muted. It does not hear you.').waitFor()
    expect(await panel.getByTitle('Microphone on').count()).toBe(0)
    await sleep((endsMs[0] ?? 0) + 500)
    expect(await iconTitle(browser)).toBe('Aside · Muted')
    await panel.getByRole('button', { name: 'Unmute the microphone' }).click()
    await waitForCaption(panel, /time/i)
    expect(await panel.getByRole('log').innerText()).not.toMatch(/page about/i)

    await panel.getByText('Listening.').waitFor()
    await type(panel, `Please repeat after me: ${LONG_ANSWER}`)
    await panel.getByText('Answering. Speak to interrupt.').waitFor()
    await panel.keyboard.press('Escape')
    await waitForCaption(panel, 'cut off')
    await panel.getByText('Listening.').waitFor()
  })

  it('belongs to one of two windows: the last one has it, and a closing one ends only what it has', async () => {
    const { browser, panel: first, tab } = await beginOpen([STILL])
    await first.getByText('Listening.').waitFor()
    const other = await openArticle(browser)
    await moveToOwnWindow(browser, other)
    await browser.clickIcon(other)
    await first.getByText('Aside is open in another window and speaks there.').waitFor()
    const [, second] = await sidePanels(browser)
    if (second === undefined) throw new Error('no second panel')
    await second.getByText('Listening.').waitFor()

    // A click where a panel stands open already takes it back; it does not stop what another window has.
    await browser.clickIcon(tab)
    await second.getByText('Aside is open in another window and speaks there.').waitFor()
    await first.getByText('Listening.').waitFor()
    await second.getByRole('button', { name: 'Talk here' }).click()
    await first.getByRole('button', { name: 'Talk here' }).waitFor()

    await first.close()
    await type(second, 'Please repeat after me: the river was quiet.')
    await waitForCaption(second, /the river was quiet.*the river was quiet/is)
    await second.getByText('Listening.').waitFor()
    await browser.clickIcon(other)
    await second.getByText('Ready when you are.').waitFor()
    expect(await iconTitle(browser)).toBe('Aside · Ready')
  })

  it('goes on through whatever microphone there is, and returns to the chosen one', async () => {
    const { browser, panel } = await beginOpen([
      { silenceMs: 500 },
      'long-question',
      { silenceMs: 1500 },
      'long-question',
      STILL,
    ])
    await panel.getByText('Listening.').waitFor()
    const devices = (await inOffscreen(browser, DEVICES)) as readonly { id: string; label: string }[]
    const chosen = devices.at(-1)
    if (chosen === undefined) throw new Error('no devices')
    await changeSettings(browser, { microphone: { deviceId: chosen.id } })
    await expect.poll(() => microphoneInUse(panel)).toBe(chosen.label)
    await inOffscreen(browser, UNPLUG.replace('ID', chosen.id))
    await panel.getByText('Listening through Fake Default Audio Input.').waitFor()
    await inOffscreen(browser, PLUG_IN)
    await panel.getByText('Listening.', { exact: true }).waitFor()
    expect(await microphoneInUse(panel)).toBe(chosen.label)

    await inOffscreen(browser, UNPLUG_ALL)
    await panel.getByText('The microphone was unplugged or taken by something else.').waitFor()
    expect(await panel.getByTitle('Microphone on').count()).toBe(0)
    await inOffscreen(browser, PLUG_IN)
    await panel.getByText('Listening.', { exact: true }).waitFor()
    await panel.getByTitle('Microphone on').waitFor()
  })

  it('pauses when nobody says anything, and goes on where it was', async () => {
    const browser = await openBrowser({ relayUrl, microphone: [STILL] })
    await changeSettings(browser, { talk: { idlePauseMinutes: 0.1 } })
    const { panel, tab } = await begin(browser, [STILL])
    await panel.getByText('Listening.').waitFor()
    await type(panel, 'Please repeat after me: the bridge was empty.')
    await waitForCaption(panel, /the bridge was empty.*the bridge was empty/is)
    await panel.getByText('Paused: nobody said anything for a while.').waitFor()
    expect(await panel.getByTitle('Microphone on').count()).toBe(0)
    await browser.clickIcon(tab)
    await panel.getByText('Listening.').waitFor()
    await waitForCaption(panel, /the bridge was empty/i)

    const worker = await browser.serviceWorker()
    await worker.evaluate(() =>
      (
        globalThis as unknown as { chrome: { offscreen: { closeDocument(): Promise<void> } } }
      ).chrome.offscreen.closeDocument(),
    )
    await panel.getByText('Ready when you are.').waitFor()
    await openArticle(browser)
    await tab.bringToFront()
    await expect.poll(() => iconTitle(browser)).toBe('Aside · Ready')
  })

  it('takes a longer patience in the middle of it, and waits for the end of the sentence', async () => {
    const { browser, panel } = await beginOpen([
      { silenceMs: 12_000 },
      'human-go-somewhere',
      { silenceMs: 1500 },
      'human-go-forward',
      STILL,
    ])
    await panel.getByText('Listening.').waitFor()
    await changeSettings(browser, { talk: { silenceMs: 3000 } })
    await panel.getByText('The change counts from the next pause on.').waitFor()
    await waitForCaption(panel, /something.*forward/is)
    expect(await panel.getByRole('log').locator('.user').count()).toBe(1)
  })
})

/** Longer than any test. */
const STILL = { silenceMs: 90_000 } as const

/** Opens the article and clicks the icon: the conversation starts. @returns when each recording ends after that, ms */
async function begin(browser: Browser, parts: readonly MicrophonePart[]) {
  const recording = await recordMicrophone(parts)
  await recording.dispose()
  const tab = await openArticle(browser)
  await browser.clickIcon(tab)
  return { browser, tab, panel: await browser.sidePanel(), endsMs: recording.endsMs }
}

/** Ends the conversation and begins one that is quickly there, with the recording from its start: two clicks on the icon. */
async function beginAgain(browser: Browser, tab: Page, panel: Page): Promise<void> {
  await browser.clickIcon(tab)
  await panel.getByText('Ready when you are.').waitFor()
  await browser.clickIcon(tab)
}

async function beginOpen(parts: readonly MicrophonePart[]) {
  const browser = await openBrowser({ relayUrl, microphone: parts })
  return begin(browser, parts)
}

/** As the conversation itself says when it is asked. */
function microphoneInUse(panel: Page): Promise<string | undefined> {
  return panel.evaluate(
    () =>
      new Promise<string | undefined>((resolve) => {
        const channel = new BroadcastChannel('aside-voice')
        channel.addEventListener('message', (event: MessageEvent<{ type: string; state?: StateShown }>) => {
          if (event.data.type !== 'state') return
          channel.close()
          resolve(event.data.state?.device?.label)
        })
        // A window that is not there asks, and takes nothing over.
        channel.postMessage({ type: 'panel-open', windowId: -1, takesOver: false })
      }),
  )
}

interface StateShown {
  readonly device?: { readonly label: string }
}

async function type(panel: Page, text: string): Promise<void> {
  await panel.getByRole('button', { name: 'Type instead' }).click()
  await panel.getByRole('textbox').fill(text)
  await panel.keyboard.press('Enter')
  await panel.getByRole('button', { name: 'Close the keyboard' }).click()
}

async function moveToOwnWindow(browser: Browser, page: Page): Promise<void> {
  const worker = await browser.serviceWorker()
  await page.bringToFront()
  await worker.evaluate(async () => {
    const { chrome } = globalThis as unknown as { chrome: ChromeWindows }
    const [front] = await chrome.tabs.query({ active: true, lastFocusedWindow: true })
    if (front !== undefined) await chrome.windows.create({ tabId: front.id })
  })
}

interface ChromeWindows {
  readonly tabs: { query: (of: object) => Promise<readonly { readonly id: number }[]> }
  readonly windows: { create: (of: object) => Promise<unknown> }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
}

/** No real device can be pulled out of a test: the page is told what a browser tells when one is. */
const DEVICES = `navigator.mediaDevices.enumerateDevices().then((devices) => devices
  .filter(({ kind }) => kind === 'audioinput').map(({ deviceId, label }) => ({ id: deviceId, label })))`
const UNPLUG = `(async () => {
  const devices = navigator.mediaDevices
  const { enumerateDevices, getUserMedia } = MediaDevices.prototype
  devices.enumerateDevices = async () => (await enumerateDevices.call(devices)).filter(({ deviceId }) => deviceId !== 'ID')
  devices.getUserMedia = (wish) => wish.audio.deviceId === undefined
    ? getUserMedia.call(devices, wish)
    : Promise.reject(new DOMException('', 'OverconstrainedError'))
  devices.dispatchEvent(new Event('devicechange'))
})()`
const UNPLUG_ALL = `(() => {
  const devices = navigator.mediaDevices
  devices.enumerateDevices = () => Promise.resolve([])
  devices.getUserMedia = () => Promise.reject(new DOMException('Requested device not found', 'NotFoundError'))
  devices.dispatchEvent(new Event('devicechange'))
})()`
const PLUG_IN = `(() => {
  delete navigator.mediaDevices.enumerateDevices
  delete navigator.mediaDevices.getUserMedia
  navigator.mediaDevices.dispatchEvent(new Event('devicechange'))
})()`
