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
        if (block === undefined) {
          // Nothing is connected any more: what came before is all there is.
          if (this.#filled > 0) this.#deliver(currentFrame)
          return true
        }
        this.#batch.set(block, this.#filled)
        this.#filled += block.length
        if (this.#filled === BATCH_SAMPLES) this.#deliver(currentFrame + block.length)
        return true
      }

      #deliver(endFrame: number): void {
        const tapped: Omit<TappedSamples, 'output'> = {
          samples: this.#batch.subarray(0, this.#filled),
          rateHz: sampleRate,
          firstFrame: endFrame - this.#filled,
          atMs: Date.now(),
        }
        this.port.postMessage(tapped, [this.#batch.buffer])
        this.#batch = new Float32Array(BATCH_SAMPLES)
        this.#filled = 0
      }
    },
  )
}
