import { type Page } from 'playwright-core'
import { serveExamplePage } from '../../../scripts/setup/example-page.mjs'
import { type Browser, launchBrowser } from '../../support/browser.ts'
import { RECORDINGS, loadSamples, recordingPath } from '../../support/fixtures.ts'
import { recordMicrophone } from '../../support/microphone-recording.ts'
import { firstSoundMs, openSpeechTap } from '../../support/tapped-speech.ts'
import { microphoneStartMs } from './microphone-clock.ts'
import { speechEndMs } from './speech-end.ts'

export interface AnswerMeasurement {
  readonly recording: string
  readonly voice: 'flite' | 'human'
  /** The last word's end at the microphone → the first audible sample at the speaker, ms. */
  readonly speechEndToFirstSoundMs: number
  /** What the panel shows at that moment: what was understood, and what is being answered. */
  readonly captions: string
}

/** By then the conversation is open, so that opening it is not part of the figure. */
const LEADING_SILENCE_MS = 2500

/** The user stays silent for longer than any answer takes. */
const TRAILING_SILENCE_MS = 60_000

/** An answer that takes longer than this is a failure, not a figure. */
const ANSWER_TIMEOUT_MS = 20_000

/**
 * Plays one recording to a browser of its own and waits for the answer's first sound at the side panel's speaker.
 *
 * @param relayUrl a running relay whose speech models are loaded
 * @throws {Error} when no answer sounds
 */
export async function measureAnswer(relayUrl: string, recording: string): Promise<AnswerMeasurement> {
  const expected = RECORDINGS[recording]
  if (expected === undefined) throw new Error(`there is no recording ${recording}`)
  const microphone = await recordMicrophone([
    { silenceMs: LEADING_SILENCE_MS },
    recording,
    { silenceMs: TRAILING_SILENCE_MS },
  ])
  const browser = await launchBrowser({ microphone: microphone.path })
  const page = await serveExamplePage()
  try {
    await useRelay(browser, relayUrl)
    const tab = await browser.context.newPage()
    await tab.goto(page.url)
    await browser.clickIcon(tab)
    const panel = await browser.sidePanel()
    const soundMs = await waitForSound(panel)
    const { samples, rateHz } = await loadSamples(recordingPath(recording))
    const spokenMs = LEADING_SILENCE_MS + speechEndMs(samples, rateHz)
    return {
      recording,
      voice: expected.voice,
      speechEndToFirstSoundMs: Math.round(soundMs - ((await microphoneStartMs(browser.context)) + spokenMs)),
      captions: await panel.getByRole('log').innerText(),
    }
  } finally {
    await browser.close()
    page.close()
    await microphone.dispose()
  }
}

/** As after the options page: another relay, and the recording reaches the recogniser as it is. */
async function useRelay(browser: Browser, relayUrl: string): Promise<void> {
  const worker = await browser.serviceWorker()
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
  await worker.evaluate(
    async (settings) => {
      const { storage } = (
        globalThis as unknown as { chrome: { storage: { local: { set(items: object): Promise<void> } } } }
      ).chrome
      await storage.local.set({ settings })
    },
    { relayUrl, audio },
  )
}

/** @returns when the first audible sample was rendered, ms since 1970 */
async function waitForSound(panel: Page): Promise<number> {
  const tap = await openSpeechTap(panel)
  const deadline = Date.now() + ANSWER_TIMEOUT_MS
  for (;;) {
    const soundMs = firstSoundMs(await tap.hear())
    if (soundMs !== undefined) return soundMs
    if (Date.now() > deadline) throw new Error(`no answer sounded; the panel shows: ${await panel.innerText('body')}`)
    await panel.waitForTimeout(200)
  }
}
