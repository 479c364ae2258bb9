import { type Page } from 'playwright-core'
import { SPEECH_TAP_CHANNEL, type SpeechTapMessage } from '../../../extension/speaker/speech-tap.ts'

/** Samples below this are silence: a sixty-fourth of full scale. */
const SILENCE_LEVEL = 1 / 64

/** Of all samples so many are rendered in time; the others came late because the machine did. */
const RENDERED_SHARE = 0.9

/** Shorter is the inside of a sound, ms. */
const PAUSE_MS = 80

/** Sound began at the output, or its last sample was over. */
type SoundKind = 'sound' | 'silence'

interface EarWindow {
  asideMarks: { readonly kind: SoundKind; readonly frame: number }[]
  /** When each batch of samples was rendered, less what its last sample's number says, ms. */
  asideOffsets: number[]
  asideRateHz: number
  asideEar: BroadcastChannel | undefined
}

/** Hears when the speaker sounds, in the page that plays. */
export interface SpeakerEar {
  /** What sounded until now is no matter. */
  forget(): Promise<void>
  /** @returns when the next of this kind left for the device, ms since 1970, as soon as it did */
  next(kind: SoundKind): Promise<number>
  close(): Promise<void>
}

/**
 * Samples are numbered without gaps, but rendered in bursts ahead of their time. They leave at an even pace, and none before
 * it was rendered: that gives the distance between number and clock.
 */
export async function openSpeakerEar(page: Page): Promise<SpeakerEar> {
  await page.evaluate(listen, { channelName: SPEECH_TAP_CHANNEL, level: SILENCE_LEVEL, pauseMs: PAUSE_MS })
  let heard = 0
  return {
    forget: async () => {
      heard = await page.evaluate(() => (globalThis as unknown as EarWindow).asideMarks.length)
    },
    next: async (kind) => {
      const found = await page.waitForFunction(
        (wanted) => {
          const { asideMarks, asideOffsets, asideRateHz } = globalThis as unknown as EarWindow
          const index = asideMarks.findIndex((mark, at) => at >= wanted.heard && mark.kind === wanted.kind)
          const mark = asideMarks[index]
          if (mark === undefined) return undefined
          const offsets = asideOffsets.toSorted((one, other) => one - other)
          const offsetMs = offsets[Math.floor(offsets.length * wanted.share)] ?? NaN
          return { index, atMs: offsetMs + (mark.frame / asideRateHz) * 1000 }
        },
        { kind, heard, share: RENDERED_SHARE },
        { polling: 50, timeout: 15_000 },
      )
      const { index, atMs } = (await found.jsonValue())!
      heard = index + 1
      return atMs
    },
    close: async () => {
      await page.evaluate(() => {
        const scope = globalThis as unknown as EarWindow
        scope.asideEar?.postMessage({ type: 'stop' })
        scope.asideEar = undefined
      })
    },
  }
}

/** Runs in the page. */
function listen({ channelName, level, pauseMs }: { channelName: string; level: number; pauseMs: number }): void {
  const scope = globalThis as unknown as EarWindow
  const channel = new BroadcastChannel(channelName)
  Object.assign(scope, { asideMarks: [], asideOffsets: [], asideRateHz: 24_000, asideEar: channel })
  let lastLoud: number | undefined
  let endFrame = 0
  channel.addEventListener('message', ({ data }: MessageEvent<SpeechTapMessage>) => {
    if (data.type !== 'samples') return
    const { samples, firstFrame, rateHz, atMs } = data
    // Another output counts anew.
    if (firstFrame < endFrame) scope.asideOffsets = []
    endFrame = firstFrame + samples.length
    scope.asideRateHz = rateHz
    scope.asideOffsets.push(atMs - (endFrame / rateHz) * 1000)
    for (const [index, sample] of samples.entries()) {
      if (Math.abs(sample) < level) continue
      if (lastLoud === undefined) scope.asideMarks.push({ kind: 'sound', frame: firstFrame + index })
      lastLoud = firstFrame + index
    }
    if (lastLoud === undefined || endFrame - lastLoud < (pauseMs / 1000) * rateHz) return
    scope.asideMarks.push({ kind: 'silence', frame: lastLoud })
    lastLoud = undefined
  })
  // The speaker may open later.
  setInterval(() => channel === scope.asideEar && channel.postMessage({ type: 'listen' }), 250)
}
