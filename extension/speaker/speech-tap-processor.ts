import { SPEECH_TAP_PROCESSOR } from './playback-messages.ts'
import { type TappedSamples } from './speech-tap.ts'

/** 21 ms at 24 kHz: 47 messages a second instead of 188. */
const BATCH_SAMPLES = 512

/** Defines the processor that copies out what goes to the output; see `speech-tap.ts`. */
export function registerSpeechTapProcessor(): void {
  registerProcessor(
    SPEECH_TAP_PROCESSOR,
    class extends AudioWorkletProcessor {
      #batch = new Float32Array(BATCH_SAMPLES)
      #filled = 0

      override process(inputs: readonly (readonly Float32Array[])[]): boolean {
        const block = inputs[0]?.[0]
        if (block === undefined) return true
        this.#batch.set(block, this.#filled)
        this.#filled += block.length
        if (this.#filled === BATCH_SAMPLES) this.#deliver(currentFrame + block.length)
        return true
      }

      #deliver(endFrame: number): void {
        const tapped: TappedSamples = {
          samples: this.#batch,
          rateHz: sampleRate,
          firstFrame: endFrame - BATCH_SAMPLES,
          atMs: Date.now(),
        }
        this.port.postMessage(tapped, [this.#batch.buffer])
        this.#batch = new Float32Array(BATCH_SAMPLES)
        this.#filled = 0
      }
    },
  )
}
