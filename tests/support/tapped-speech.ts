import { type Page } from 'playwright-core'
import { SPEECH_TAP_CHANNEL, type SpeechTapMessage } from '../../extension/speaker/speech-tap.ts'

/** Samples below this count as silence: a sixty-fourth of full scale, far under any spoken vowel. */
const SILENCE_LEVEL = 1 / 64

/** A pause this long is no comma any more, ms of sound: the answer is over. */
const END_OF_ANSWER_MS = 1500

interface TapWindow {
  asideTapped: { samples: Float32Array; rateHz: number; atMs: number }[]
  /** How long it has been silent, ms of sound; undefined while nothing sounded yet. */
  asideQuietMs: number | undefined
}

export interface SpeechTap {
  /** @returns everything so far */
  readonly hear: () => Promise<TappedSpeech>
  /** Waits until an answer has sounded and is over. @returns everything so far */
  readonly hearAnswer: () => Promise<TappedSpeech>
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
export async function openSpeechTap(page: Page): Promise<SpeechTap> {
  await page.evaluate(
    ({ channelName, silenceLevel }) => {
      const scope = globalThis as unknown as TapWindow
      scope.asideTapped = []
      const channel = new BroadcastChannel(channelName)
      channel.addEventListener('message', (event: MessageEvent<SpeechTapMessage>) => {
        if (event.data.type !== 'samples') return
        const { samples, rateHz } = event.data
        scope.asideTapped.push(event.data)
        const isLoud = samples.some((sample) => Math.abs(sample) >= silenceLevel)
        if (isLoud) scope.asideQuietMs = 0
        else if (scope.asideQuietMs !== undefined) scope.asideQuietMs += (samples.length / rateHz) * 1000
      })
      // The speaker may open later than the tap.
      setInterval(() => channel.postMessage({ type: 'listen' }), 100)
    },
    { channelName: SPEECH_TAP_CHANNEL, silenceLevel: SILENCE_LEVEL },
  )
  return {
    hear: () => hear(page),
    hearAnswer: async () => {
      await page.waitForFunction(
        (endMs) => ((globalThis as unknown as TapWindow).asideQuietMs ?? 0) >= endMs,
        END_OF_ANSWER_MS,
        { timeout: 60_000, polling: 100 },
      )
      return hear(page)
    },
  }
}

/** @returns when the first audible sample was rendered, ms since 1970; undefined in silence */
export function firstSoundMs(speech: TappedSpeech): number | undefined {
  const index = speech.samples.findIndex((sample) => Math.abs(sample) >= SILENCE_LEVEL)
  return index === -1 ? undefined : speech.endMs - ((speech.samples.length - index) / speech.rateHz) * 1000
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
