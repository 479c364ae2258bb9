import { MICROPHONE_FRAME_SAMPLES } from '../../shared/audio/audio-format.ts'
import { CAPTURE_PROCESSOR, type CapturedFrame } from './captured-frame.ts'

/** Defines the processor that cuts the microphone into frames, in the audio thread of a context of 16 kHz. */
export function registerCaptureProcessor(): void {
  registerProcessor(
    CAPTURE_PROCESSOR,
    class extends AudioWorkletProcessor {
      #frame = new Int16Array(MICROPHONE_FRAME_SAMPLES)
      #filled = 0
      #energy = 0

      override process(inputs: readonly (readonly Float32Array[])[]): boolean {
        const block = inputs[0]?.[0]
        if (block === undefined) return true
        for (const [index, sample] of block.entries()) {
          const clipped = Math.max(-1, Math.min(1, sample))
          this.#frame[this.#filled++] = Math.round(clipped * (clipped < 0 ? 0x8000 : 0x7fff))
          this.#energy += clipped * clipped
          if (this.#filled === MICROPHONE_FRAME_SAMPLES) this.#deliver(currentFrame + index + 1)
        }
        return true
      }

      #deliver(endSample: number): void {
        const captured: CapturedFrame = {
          pcm: this.#frame.buffer,
          firstSample: endSample - MICROPHONE_FRAME_SAMPLES,
          level: Math.sqrt(this.#energy / MICROPHONE_FRAME_SAMPLES),
        }
        this.port.postMessage(captured, [captured.pcm])
        this.#frame = new Int16Array(MICROPHONE_FRAME_SAMPLES)
        this.#filled = 0
        this.#energy = 0
      }
    },
  )
}
