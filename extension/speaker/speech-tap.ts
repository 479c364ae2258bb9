import { SPEECH_TAP_PROCESSOR } from './playback-messages.ts'

/**
 * Whoever of our own pages says `listen` on this channel gets every sample that goes to the output, until it says `stop`.
 * It is how a test or a benchmark hears the answer exactly; nothing runs while nobody listens.
 */
export const SPEECH_TAP_CHANNEL = 'aside-speech-tap'

export type SpeechTapMessage =
  { readonly type: 'listen' } | { readonly type: 'stop' } | ({ readonly type: 'samples' } & TappedSamples)

export interface TappedSamples {
  /** As they go to the output, −1 to 1, at `rateHz`; silence too, without gaps. */
  readonly samples: Float32Array
  readonly rateHz: number
  /** Which output: the panel and the offscreen document each have one, and answers that are said again another. */
  readonly output: string
  /** Index of the first sample since the output opened. */
  readonly firstFrame: number
  /** Wall clock when the last sample was rendered, ms since 1970. */
  readonly atMs: number
}

/**
 * Answers the tap's channel for one output.
 *
 * @param source what goes to the output
 * @param ready resolves when the context knows the processor
 */
export function serveSpeechTap(source: AudioNode, ready: Promise<unknown>, signal: AbortSignal): void {
  const channel = new BroadcastChannel(SPEECH_TAP_CHANNEL)
  const output = crypto.randomUUID()
  signal.addEventListener('abort', () => channel.close(), { once: true })
  let tap: AudioWorkletNode | undefined

  async function listen(): Promise<void> {
    await ready
    if (tap !== undefined || signal.aborted) return
    tap = new AudioWorkletNode(source.context, SPEECH_TAP_PROCESSOR, { numberOfOutputs: 0 })
    tap.port.onmessage = (event: MessageEvent<Omit<TappedSamples, 'output'>>) => {
      if (!signal.aborted) channel.postMessage({ type: 'samples', output, ...event.data } satisfies SpeechTapMessage)
    }
    source.connect(tap)
  }

  function stop(): void {
    if (tap === undefined) return
    source.disconnect(tap)
    tap.port.close()
    tap = undefined
  }

  channel.addEventListener('message', (event: MessageEvent<SpeechTapMessage>) => {
    if (event.data.type === 'listen') void listen()
    else if (event.data.type === 'stop') stop()
  })
}
