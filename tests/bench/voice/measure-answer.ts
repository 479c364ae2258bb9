import { type Page } from 'playwright-core'
import { VOICE_CHANNEL_NAME, type VoiceChannelMessage } from '../../../extension/messaging/voice-channel.ts'
import { serveExamplePage } from '../../../scripts/setup/example-page.mjs'
import { SPEECH_RATE_HZ } from '../../../shared/audio/audio-format.ts'
import { launchBrowser } from '../../support/browser.ts'
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
  /** The part of it that is silence at the beginning of the answer, as the brain spoke it. */
  readonly silenceMs: number
  /** The part of it from the first speech's arrival in the side panel to its playing: the speaker's own. */
  readonly speakerMs: number
  /** What the panel shows at that moment: what was understood, and what is being answered. */
  readonly captions: string
}

/** By then the conversation is open, so that opening it is not part of the figure. */
const LEADING_SILENCE_MS = 2500

/** What counts as silence at the speaker's tap counts as silence here. */
const SILENCE_LEVEL = 1 / 64

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
    await browser.storeSettings({ relayUrl })
    const tab = await browser.context.newPage()
    await tab.goto(page.url)
    await browser.clickIcon(tab)
    const panel = await browser.sidePanel()
    const hearFirstSpeech = await watchFirstSpeech(panel)
    const soundMs = await waitForSound(panel)
    const firstSpeech = await hearFirstSpeech()
    const { samples, rateHz } = await loadSamples(recordingPath(recording))
    const spokenMs = LEADING_SILENCE_MS + speechEndMs(samples, rateHz)
    return {
      recording,
      voice: expected.voice,
      speechEndToFirstSoundMs: Math.round(soundMs - ((await microphoneStartMs(browser.context)) + spokenMs)),
      silenceMs: Math.round(firstSpeech.silenceMs),
      speakerMs: Math.round(soundMs - firstSpeech.atMs - firstSpeech.silenceMs),
      captions: await panel.getByRole('log').innerText(),
    }
  } finally {
    await browser.close()
    page.close()
    await microphone.dispose()
  }
}

interface FirstSpeech {
  /** When it came to the panel, ms since 1970. */
  readonly atMs: number
  /** Silence before its first audible sample, ms. */
  readonly silenceMs: number
}

async function watchFirstSpeech(panel: Page): Promise<() => Promise<FirstSpeech>> {
  const watch = { channelName: VOICE_CHANNEL_NAME, rateHz: SPEECH_RATE_HZ, audible: SILENCE_LEVEL * 0x8000 }
  const firstSpeech = await panel.evaluateHandle(({ channelName, rateHz, audible }) => {
    const first = { atMs: NaN, silenceMs: 0 }
    let isAudible = false
    const channel = new BroadcastChannel(channelName)
    channel.addEventListener('message', ({ data }: MessageEvent<VoiceChannelMessage>) => {
      if (data.type !== 'speech' || isAudible) return
      if (Number.isNaN(first.atMs)) first.atMs = Date.now()
      const samples = new Int16Array(data.pcm)
      const loud = samples.findIndex((sample) => Math.abs(sample) >= audible)
      isAudible = loud !== -1
      first.silenceMs += ((isAudible ? loud : samples.length) / rateHz) * 1000
    })
    return first
  }, watch)
  return () => firstSpeech.jsonValue()
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
