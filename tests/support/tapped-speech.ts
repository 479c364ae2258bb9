import { type Page } from 'playwright-core'
import { SPEECH_TAP_CHANNEL, type SpeechTapMessage } from '../../extension/speaker/speech-tap.ts'

/** Samples below this count as silence: a sixty-fourth of full scale, far under any spoken vowel. */
const SILENCE_LEVEL = 1 / 64

interface TapWindow {
  asideTapped: { samples: Float32Array; rateHz: number; atMs: number }[]
}

export interface TappedSpeech {
  /** Everything that went to the output since the tap was opened, −1 to 1. */
  readonly samples: Float32Array
  readonly rateHz: number
  /** Wall clock of the last sample, ms since 1970. */
  readonly endMs: number
}

/**
 * Hears what an extension page sends to its speaker, sample by sample, from now on.
 *
 * @param page any page of the extension; it only listens on the tap's channel
 */
export async function openSpeechTap(page: Page): Promise<{ hear: () => Promise<TappedSpeech> }> {
  await page.evaluate((channelName) => {
    const scope = globalThis as unknown as TapWindow
    scope.asideTapped = []
    const channel = new BroadcastChannel(channelName)
    channel.addEventListener('message', (event: MessageEvent<SpeechTapMessage>) => {
      if (event.data.type === 'samples') scope.asideTapped.push(event.data)
    })
    // The speaker may open later than the tap.
    setInterval(() => channel.postMessage({ type: 'listen' }), 100)
  }, SPEECH_TAP_CHANNEL)
  return { hear: () => hear(page) }
}

/** @returns when the first audible sample was rendered, ms since 1970; undefined in silence */
export function firstSoundMs(speech: TappedSpeech): number | undefined {
  const index = speech.samples.findIndex((sample) => Math.abs(sample) >= SILENCE_LEVEL)
  return index === -1 ? undefined : speech.endMs - ((speech.samples.length - index) / speech.rateHz) * 1000
}

/** @returns the audible time, ms: windows of 20 ms in which anything sounds */
export function audibleMs(speech: TappedSpeech): number {
  const window = Math.round(speech.rateHz / 50)
  let loud = 0
  for (let start = 0; start < speech.samples.length; start += window) {
    if (speech.samples.subarray(start, start + window).some((sample) => Math.abs(sample) >= SILENCE_LEVEL)) loud++
  }
  return loud * 20
}

async function hear(page: Page): Promise<TappedSpeech> {
  const tapped = await page.evaluate(() => {
    const blocks = (globalThis as unknown as TapWindow).asideTapped
    const last = blocks.at(-1)
    const samples = blocks.flatMap((block) => [...block.samples].map((sample) => Math.round(sample * 32_767)))
    return { samples, rateHz: last?.rateHz ?? 24_000, endMs: last?.atMs ?? 0 }
  })
  return { ...tapped, samples: Float32Array.from(tapped.samples, (sample) => sample / 32_767) }
}
