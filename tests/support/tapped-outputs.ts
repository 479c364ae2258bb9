import { type Page } from 'playwright-core'
import { SPEECH_TAP_CHANNEL, type SpeechTapMessage } from '../../extension/speaker/speech-tap.ts'
import { type VoiceChannelMessage, VOICE_CHANNEL_NAME } from '../../extension/messaging/voice-channel.ts'

interface OutputsWindow {
  asideOutputs: { output: string; firstFrame: number; samples: number[]; rateHz: number }[]
  asideVoice: unknown[]
}

/** What one output played, since it was listened to. */
export interface TappedOutput {
  /** The output's own count of frames, where `samples` begins. */
  readonly firstFrame: number
  /** Without a gap, as 16-bit numbers. */
  readonly samples: readonly number[]
  readonly rateHz: number
}

export interface OutputTaps {
  /** Every output that was heard so far, in the order in which they came up. */
  readonly outputs: () => Promise<readonly TappedOutput[]>
  /** Waits until one message of the pages among each other says `type`. @returns all of them so far, without their sound */
  readonly messages: (type: VoiceChannelMessage['type']) => Promise<readonly VoiceChannelMessage[]>
}

/**
 * Hears each output of the extension by itself: what the panel played, what the offscreen document played.
 *
 * @param page of the extension, that stays open longer than they do
 */
export async function tapOutputs(page: Page): Promise<OutputTaps> {
  await page.evaluate(
    ([tapName, voiceName]) => {
      const scope = globalThis as unknown as OutputsWindow
      scope.asideOutputs = []
      scope.asideVoice = []
      const tap = new BroadcastChannel(tapName)
      tap.addEventListener('message', ({ data }: MessageEvent<SpeechTapMessage>) => {
        if (data.type !== 'samples') return
        const samples = Array.from(data.samples, (sample) => Math.round(sample * 32_768))
        scope.asideOutputs.push({ output: data.output, firstFrame: data.firstFrame, samples, rateHz: data.rateHz })
      })
      // An output that has just come up is to be heard from its beginning.
      setInterval(() => tap.postMessage({ type: 'listen' }), 5)
      const voice = new BroadcastChannel(voiceName)
      voice.addEventListener('message', ({ data }: MessageEvent<VoiceChannelMessage>) => {
        if (data.type !== 'level' && data.type !== 'state') scope.asideVoice.push({ ...data, pcm: undefined })
      })
    },
    [SPEECH_TAP_CHANNEL, VOICE_CHANNEL_NAME] as const,
  )
  return {
    outputs: async () => joined(await page.evaluate(() => (globalThis as unknown as OutputsWindow).asideOutputs)),
    messages: async (type) => {
      await page.waitForFunction(
        (wanted) =>
          (globalThis as unknown as OutputsWindow).asideVoice.some(
            (message) => (message as VoiceChannelMessage).type === wanted,
          ),
        type,
      )
      return page.evaluate(() => (globalThis as unknown as OutputsWindow).asideVoice as VoiceChannelMessage[])
    },
  }
}

/** @throws when an output left samples out */
function joined(batches: OutputsWindow['asideOutputs']): readonly TappedOutput[] {
  const outputs = new Map<string, { firstFrame: number; samples: number[]; rateHz: number }>()
  for (const { output, firstFrame, samples, rateHz } of batches) {
    const known = outputs.get(output)
    if (known === undefined) outputs.set(output, { firstFrame, samples: [...samples], rateHz })
    else if (known.firstFrame + known.samples.length === firstFrame) known.samples.push(...samples)
    else throw new Error(`the tap of an output lost samples before frame ${firstFrame}`)
  }
  return [...outputs.values()]
}
