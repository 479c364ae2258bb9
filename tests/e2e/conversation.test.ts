import { type Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { captionOf, openStage, waitForCaption } from '../support/conversation-stage.ts'
import { RECORDINGS } from '../support/fixtures.ts'
import { recogniseSpeech, wordErrorRate } from '../support/recognise.ts'
import { startSharedRelay } from '../support/relay-process.ts'

/** Half a minute when spoken: long enough to be cut off on the slowest machine. */
const LONG_ANSWER =
  'The old ferry leaves the harbour every morning at seven. It carries letters, bread and a few sleepy passengers. ' +
  'In winter the river freezes near the bank, and the captain has to wait until noon. ' +
  'In summer children wave from the bridge, and the whole deck is covered with flowers from the market. ' +
  'Nobody remembers who built the ferry, but everybody knows the sound of its bell.'

/** The relay with the local brain, as `npm start` runs it; one for the whole file. */
let relayUrl: string
beforeAll(async () => {
  relayUrl = await startSharedRelay()
})

describe('a conversation by voice', () => {
  it('hears the recording, shows both sides and says the answer aloud', async () => {
    const { panel, tap } = await openStage({
      relayUrl,
      microphone: [{ silenceMs: 1500 }, 'repeat-after-me', { silenceMs: 60_000 }],
    })
    const heard = await recogniseSpeech(await tap.hearAnswer())
    const question = await captionOf(panel, 'user')
    const answer = await captionOf(panel, 'assistant')
    // The recogniser may take one word for another; it then reads that one back, in captions and in sound.
    expect(wordErrorRate(RECORDINGS['repeat-after-me']!.text, question), question).toBeLessThan(0.2)
    expect(wordErrorRate('the green boat came home before the storm', answer), answer).toBeLessThan(0.3)
    expect(wordErrorRate(answer, heard), `heard “${heard}”`).toBeLessThan(0.3)
  })

  it('falls silent when the user speaks over the answer, and shows what was cut off', async () => {
    const { panel, tap } = await openStage({
      relayUrl,
      microphone: [{ silenceMs: 12_000 }, 'stop', { silenceMs: 60_000 }],
    })
    await panel.getByText('Listening.').waitFor()
    await type(panel, `Please repeat after me: ${LONG_ANSWER}`)
    await panel.getByText('Answering. Speak to interrupt.').waitFor()
    await waitForCaption(panel, 'cut off')
    const captionOfHeard = await captionOf(panel, 'assistant')
    const captionOfUnheard = (await panel.getByRole('log').locator('.assistant s').allInnerTexts()).join(' ')
    const heard = await recogniseSpeech(await tap.hearAnswer())

    // Nothing sounded beyond what the captions take for heard, although more of the answer had arrived. The relay
    // estimates the word inside a clause, and recognition may split one: that makes a few words, not two seconds of them.
    expect(captionOfUnheard).not.toBe('')
    expect(wordCount(heard)).toBeGreaterThan(5)
    expect(wordCount(heard)).toBeLessThanOrEqual(wordCount(captionOfHeard) + 3)
  })

  it('answers a typed turn in the same conversation', async () => {
    const { panel, tap } = await openStage({ relayUrl, microphone: [{ silenceMs: 60_000 }] })
    await panel.getByText('Listening.').waitFor()
    await type(panel, 'Please repeat after me: the river was quiet and the bridge was empty.')
    await waitForCaption(panel, /the river was quiet.*the river was quiet/is)
    const heard = await recogniseSpeech(await tap.hearAnswer())
    expect(wordErrorRate('the river was quiet and the bridge was empty', heard), `heard “${heard}”`).toBeLessThan(0.3)
  })

  it('tells what the page is about from the text of the page', async () => {
    const { panel, tap } = await openStage({
      relayUrl,
      microphone: [{ silenceMs: 1500 }, 'what-is-this-page-about', { silenceMs: 60_000 }],
    })
    await waitForCaption(panel, /beaver/i)
    expect((await recogniseSpeech(await tap.hearAnswer())).toLowerCase()).toContain('beaver')
  })

  it('goes on when Chromium stops the service worker in the middle of the talk', async () => {
    const { browser, panel } = await openStage({
      relayUrl,
      microphone: [{ silenceMs: 6000 }, 'what-is-this-page-about', { silenceMs: 60_000 }],
    })
    await panel.getByText('Listening.').waitFor()
    await browser.stopServiceWorker()
    await waitForCaption(panel, /beaver/i)
  })

  it('shares the tab only while the eye is open, and shows what is sent', async () => {
    const { panel } = await openStage({
      relayUrl,
      microphone: [{ silenceMs: 8000 }, 'what-do-you-see', { silenceMs: 60_000 }],
    })
    await panel.getByText('Listening.').waitFor()
    await panel.getByRole('button', { name: 'Show it something' }).click()
    await panel.getByRole('button', { name: /^This tab/ }).click()
    await panel.getByRole('img', { name: 'The picture as it was sent' }).waitFor()
    await waitForCaption(panel, /picture|image/i)
    await panel.getByRole('button', { name: 'Stop showing' }).click()
    await panel.getByRole('img', { name: 'The picture as it was sent' }).waitFor({ state: 'detached' })
  })

  it('closing the panel ends listening and speech', async () => {
    const { browser, tab, panel } = await openStage({ relayUrl, microphone: [{ silenceMs: 60_000 }] })
    await panel.getByText('Listening.').waitFor()
    await panel.close()
    const options = await browser.openExtensionPage('options.html')
    await tab.bringToFront()
    await expect.poll(() => microphoneOpen(options), { timeout: 10_000 }).toBe(false)
  })
})

function wordCount(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length
}

async function type(panel: Page, text: string): Promise<void> {
  await panel.getByRole('button', { name: 'Type instead' }).click()
  await panel.getByRole('textbox').fill(text)
  await panel.keyboard.press('Enter')
}

/** Asks the offscreen document for its state, as a panel does when it opens. */
async function microphoneOpen(page: Page): Promise<boolean> {
  return page.evaluate(
    () =>
      new Promise<boolean>((resolve) => {
        const channel = new BroadcastChannel('aside-voice')
        const timer = setTimeout(() => resolve(false), 2000)
        channel.addEventListener(
          'message',
          (event: MessageEvent<{ type: string; state?: { microphoneOpen: boolean } }>) => {
            if (event.data.type !== 'state') return
            clearTimeout(timer)
            channel.close()
            resolve(event.data.state?.microphoneOpen === true)
          },
        )
        channel.postMessage({ type: 'panel-open', windowId: -1, takesOver: false })
      }),
  )
}
